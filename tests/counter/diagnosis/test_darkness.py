from collections.abc import Iterator
from dataclasses import replace

import pytest

from counter.diagnosis.darkness import Darkness, judge, with_rows
from counter.rows.coverage import Coverage
from counter.rows.new_rows import gap_row
from counter.rows.occupancy import QuarterHour, Row
from ingest.frames.messages import GapReason
from ingest.times import QUARTER_HOUR
from tests.counter.world import NOON, RETENTION, at, camera

DAYS = 24 * 4


def quarter(number: int, counted: int = 0, reason: GapReason | None = GapReason.NO_MEDIA) -> QuarterHour:
    """The quarter hour that began `number` quarter hours before noon; three instants."""
    gaps = {reason: 3 - counted} if reason and counted < 3 else {}
    start = NOON - number * QUARTER_HOUR
    return QuarterHour("till-1", start, "north", "till-1", counted, gaps, 0, 0, {}, {})


def newest_first(dark: int, lit: int) -> list[QuarterHour]:
    return [quarter(n) for n in range(1, dark + 1)] + [quarter(n, 3) for n in range(dark + 1, dark + lit + 1)]


@pytest.mark.parametrize(
    ("dark", "lit", "is_dark"), [(0, 9, False), (3, 9, False), (4, 9, True), (9, 9, True)]
)
def test_a_camera_is_dark_after_an_hour_without_a_count(dark: int, lit: int, is_dark: bool) -> None:
    health = judge(newest_first(dark, lit), NOON)
    assert (health.darkness is not None) == is_dark
    assert health.coverage == Coverage(counted=3 * lit, other_gaps=3 * dark)


def test_one_count_is_not_dark() -> None:
    quarters = [quarter(1), quarter(2), quarter(3, counted=1), quarter(4)]
    assert judge(quarters, NOON).darkness is None


def test_hours_without_due_instants_do_not_end_the_darkness() -> None:
    """Dark in the evening, and the shop has not opened yet: the quarter hours between have no roll-up."""
    quarters = [quarter(n) for n in range(50, 54)] + [quarter(54, 3)]
    darkness = judge(quarters, NOON).darkness
    assert darkness
    assert darkness.since == NOON - 53 * QUARTER_HOUR


def test_since_when_and_why() -> None:
    quarters = [quarter(n, reason=GapReason.NOT_PULLED) for n in range(1, 5)]
    quarters += [quarter(n) for n in range(5, 60)] + [quarter(60, 1)]
    darkness = judge(quarters, NOON).darkness
    # The reason of the last hour, although another one was more frequent before.
    assert darkness == Darkness(
        since=NOON - 59 * QUARTER_HOUR,
        reason=GapReason.NOT_PULLED,
        gaps=59 * 3,
        start=NOON - 60 * QUARTER_HOUR,
        end=NOON - 58 * QUARTER_HOUR,
    )


def test_no_count_at_all() -> None:
    darkness = judge([quarter(n) for n in range(1, 3)], NOON).darkness
    assert darkness
    assert (darkness.start, darkness.since, darkness.gaps) == (None, NOON - 2 * QUARTER_HOUR, 6)


def test_nothing_was_due() -> None:
    health = judge([], NOON)
    assert (health.darkness, health.coverage) == (None, Coverage())


@pytest.mark.parametrize(("dark", "read"), [(0, DAYS + 1), (50, DAYS + 1), (3 * DAYS, 3 * DAYS + 1)])
def test_no_more_is_read_than_a_day_and_the_darkness(dark: int, read: int) -> None:
    seen = []

    def reading() -> Iterator[QuarterHour]:
        for entry in newest_first(dark, 1000):
            seen.append(entry)
            yield entry

    judge(reading(), NOON)
    assert len(seen) == read


def rows(*counts: int | None) -> list[Row]:
    """Rows every five minutes from noon on; None: a gap."""
    gaps = [gap_row(camera(), at(5 * n), GapReason.NO_MEDIA, RETENTION) for n in range(len(counts))]
    return [
        row if count is None else replace(row, count=count, reason=None)
        for row, count in zip(gaps, counts, strict=True)
    ]


@pytest.mark.parametrize(
    ("counts", "since"),
    [
        ((1, 0, 1, None, None, None), 15),
        ((1, None, 1, None, None, None), 15),
        ((1, None, None, None, None, None), 5),
        ((None, None, None), 0),
    ],
)
def test_rows_say_since_when_to_the_instant(counts: tuple[int | None, ...], since: int) -> None:
    darkness = Darkness(at(15), GapReason.NO_MEDIA, 3, at(0), at(30))
    assert with_rows(darkness, rows(*counts)) == replace(darkness, since=at(since))
