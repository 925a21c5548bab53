from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from counter.rows.occupancy import QuarterHour, Row, Status, roll_up
from ingest.frames.messages import GapReason
from ingest.registry.camera import Source

QUARTER = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
EXPIRES = QUARTER + timedelta(days=400)


def row(minute: float, count: int | None = 1, reason: GapReason | None = None, **values: object) -> Row:
    plain = Row(
        camera_id="till-1",
        instant=QUARTER + timedelta(minutes=minute),
        store_id="north",
        area="tills",
        sample_every=300,
        source=Source.KVS,
        expires_at=EXPIRES,
        count=count,
        reason=reason,
    )
    return replace(plain, **values)  # type: ignore[arg-type] # values are those of Row


def test_roll_up_adds_counts_weighted_by_their_interval() -> None:
    rows = [
        row(0, 2, zones={"entry": 1, "tills": 0}),
        row(5, 0, zones={"entry": 0, "tills": 0}),
        row(10, 2, sample_every=60, zones={"entry": 2, "tills": 0}),
        row(11, None, GapReason.NO_MEDIA),
        row(12, None, GapReason.NO_MEDIA),
        row(13, None, GapReason.EXPIRED),
    ]
    assert roll_up("till-1", QUARTER, rows) == QuarterHour(
        camera_id="till-1",
        start=QUARTER,
        store_id="north",
        area="tills",
        counted=3,
        gaps={GapReason.NO_MEDIA: 2, GapReason.EXPIRED: 1},
        person_seconds=2 * 300 + 0 + 2 * 60,
        counted_seconds=660,
        zone_person_seconds={"entry": 1 * 300 + 2 * 60, "tills": 0},
        histogram={2: 2, 0: 1},
        zone_histograms={"entry": {1: 1, 0: 1, 2: 1}, "tills": {0: 3}},
    )


def test_the_histogram_of_a_zone_is_over_the_rows_that_have_it() -> None:
    rows = [row(0, 2, zones={"entry": 1}), row(5, 3, zones={"entry": 1, "new": 0}), row(10, 0)]
    found = roll_up("till-1", QUARTER, rows)
    assert found is not None
    assert found.zone_histograms == {"entry": {1: 2}, "new": {0: 1}}


def test_the_foot_grid_is_weighted_by_seconds() -> None:
    """The second person of minute 10 is cut off: 60 of 780 person-seconds are in no cell."""
    rows = [
        row(0, 2, feet=(7, 7)),
        row(5, 0, feet=()),
        row(10, 3, feet=(7, 2000), sample_every=60),
        row(11, None, GapReason.NO_MEDIA),
    ]
    found = roll_up("till-1", QUARTER, rows)
    assert found is not None
    assert found.foot_seconds == {7: 660, 2000: 60}
    assert found.person_seconds - sum(found.foot_seconds.values()) == 60


def test_a_row_without_feet_leaves_its_quarter_hour_without_a_foot_grid() -> None:
    """A grid of a part of the people would look like a whole one."""
    found = roll_up("till-1", QUARTER, [row(0, 2, feet=(7, 7)), row(5, 1)])
    assert found is not None
    assert found.foot_seconds is None


@pytest.mark.parametrize(
    ("rules", "expected"), [(("a", "a"), "a"), (("a", "b"), "mixed"), (("a", None), "mixed"), ((None,), None)]
)
def test_the_rule_of_a_quarter_hour_is_that_of_its_counts(
    rules: tuple[str | None, ...], expected: str | None
) -> None:
    rows = [row(5 * number, 1, rule=rule) for number, rule in enumerate(rules)]
    found = roll_up("till-1", QUARTER, [*rows, row(14, None, GapReason.NO_MEDIA)])
    assert found is not None
    assert found.rule == expected


def test_roll_up_does_not_depend_on_the_order_of_the_rows() -> None:
    rows = [row(minute, minute % 3, area=f"area-{minute}") for minute in range(15)]
    expected = roll_up("till-1", QUARTER, rows)
    assert expected is not None
    assert expected.area == "area-14"
    for seed in range(5):
        shuffled = Random(seed).sample(rows, len(rows))
        assert roll_up("till-1", QUARTER, shuffled) == expected


def test_a_gap_is_not_an_empty_shop() -> None:
    empty, gap = (
        roll_up("till-1", QUARTER, [row(0, 0)]),
        roll_up("till-1", QUARTER, [row(0, None, GapReason.NO_FRAME)]),
    )
    assert empty is not None
    assert gap is not None
    assert (empty.counted, empty.counted_seconds, empty.histogram) == (1, 300, {0: 1})
    assert (gap.counted, gap.counted_seconds, gap.histogram) == (0, 0, {})


def test_no_rows_no_roll_up() -> None:
    assert roll_up("till-1", QUARTER, []) is None


def test_rank_grows_with_each_row_and_with_a_gap_that_becomes_counted() -> None:
    steps = [
        [row(0, None, GapReason.NO_FRAME)],
        [row(0, 3)],
        [row(0, 3), row(5, None, GapReason.NO_FRAME)],
        [row(0, 3), row(5, 0)],
    ]
    ranks = [quarter.rank for rows in steps if (quarter := roll_up("till-1", QUARTER, rows))]
    assert ranks == [1, 2, 3, 4]


@pytest.mark.parametrize(("count", "reason"), [(None, None), (0, GapReason.NO_MEDIA)])
def test_a_row_is_counted_or_a_gap(count: int | None, reason: GapReason | None) -> None:
    with pytest.raises(ValueError, match="either a count or a reason"):
        row(0, count, reason)


def test_status_follows_from_the_reason() -> None:
    assert row(0, 0).status is Status.COUNTED
    assert row(0, None, GapReason.NO_FRAME).status is Status.GAP


@pytest.mark.parametrize("reason", GapReason)
def test_a_gap_is_analysed_if_its_reason_lies_in_the_frame(reason: GapReason) -> None:
    in_frame = {GapReason.UNREADABLE_IMAGE, GapReason.NOT_LOCALISED, GapReason.NO_PICTURE}
    assert row(0, None, reason).analysed is (reason in in_frame)


def test_a_counted_row_is_analysed() -> None:
    assert row(0, 0).analysed
