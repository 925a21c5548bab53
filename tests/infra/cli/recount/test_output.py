from dataclasses import replace
from datetime import timedelta

from counter.recount.row import LeftAlone
from counter.recount.totals import PersonSeconds, RecountTotals, Untouched
from infra.cli.recount.choice import RecountedCamera
from infra.cli.recount.output import changes_nothing, changes_table, headline, left_alone, thresholds
from ingest.registry.camera import Camera
from ingest.registry.registered import RegisteredCamera
from ingest.registry.sampling import Sampling
from ingest.times import from_text
from tests.infra.cli.conftest import NOW
from tests.infra.cli.recount.printed import lines

HALF = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
TILL = Camera("till", "north", NOW, zones={"left": HALF}, sampling=Sampling(300, "Europe/Berlin"))
CHOSEN = RecountedCamera(RegisteredCamera(TILL), 80.0)
SPAN = (from_text("2026-10-31T23:00Z"), from_text("2026-11-30T23:00Z"))


def test_the_headline() -> None:
    assert headline([CHOSEN], SPAN) == (
        "Camera till, 2026-11-01 00:00 CET to 2026-12-01 00:00 CET, by the rule of today:"
    )
    assert headline([CHOSEN, CHOSEN], SPAN).startswith("2 cameras of store north, ")


def test_a_threshold_that_changes_is_named() -> None:
    same = replace(CHOSEN, min_confidence=95.0)
    assert list(thresholds([CHOSEN, same, replace(CHOSEN, min_confidence=None)])) == [
        "Camera till gets min_confidence 80 (now 95), for new frames, too."
    ]


def test_means_of_the_camera_and_of_its_zones() -> None:
    """1,000 s: 500 person-seconds become 1,250; the zone `old` is no more, and `left` is new."""
    totals = RecountTotals(
        rows=10,
        changed=9,
        counts=4,
        seconds=1000,
        before=PersonSeconds(500, {"old": 250}),
        after=PersonSeconds(1250, {"left": 100}),
    )
    assert lines(changes_table([(CHOSEN, totals)])) == [
        "camera  rows  changed  other count  people before  after",
        "─" * 56,
        "till      10        9            4           0.50   1.25",
        "  left                                          -   0.10",
        "  old                                        0.25      -",
    ]


def test_a_camera_without_counted_rows_has_no_mean() -> None:
    line = lines(changes_table([(CHOSEN, RecountTotals(rows=1))]))[2]
    assert line.split() == ["till", "1", "0", "0", "-", "-"]


def test_what_is_left_alone_is_named_with_its_reason() -> None:
    start = SPAN[0]
    left = {
        LeftAlone.FLOOR: Untouched(312, start, start + timedelta(days=2)),
        LeftAlone.NO_BOXES: Untouched(1, start, start),
        LeftAlone.NO_ROWS: Untouched(96, start, start + timedelta(hours=23, minutes=45)),
    }
    several, single, quarters = left_alone([(CHOSEN, RecountTotals(left_alone=left))])
    assert several == (
        "Camera till: 312 rows of 2026-11-01 00:00 CET to 2026-11-03 00:00 CET stay as they are, because the"
        " detector was asked for people above a higher confidence only."
    )
    assert single == (
        "Camera till: 1 row of 2026-11-01 00:00 CET stays as it is, because somebody was on the frame, but"
        " the row does not say where."
    )
    assert quarters == (
        "Camera till: 96 quarter hours of 2026-11-01 00:00 CET to 2026-11-01 23:45 CET stay as they are,"
        " because their rows have expired."
    )


def test_nothing_to_store() -> None:
    assert changes_nothing([(CHOSEN, RecountTotals(rows=10))])
    assert not changes_nothing([(CHOSEN, RecountTotals(rows=10)), (CHOSEN, RecountTotals(roll_ups=1))])
