from datetime import UTC, date, datetime, timedelta

import pytest

from counter.history.plan import (
    PATIENCE,
    CameraProgress,
    StoreProgress,
    closes_month,
    days_to_rewrite,
    late_quarters,
    marked_cameras,
    marks_of_day,
)
from counter.stores.calendar import StoreCalendar
from counter.stores.day_marks import ALL_CAMERAS, DayMark

DAY = date(2026, 11, 22)
START, END = datetime(2026, 11, 21, 23, tzinfo=UTC), datetime(2026, 11, 22, 23, tzinfo=UTC)
BERLIN = StoreCalendar("Europe/Berlin")
SECOND = timedelta(seconds=1)


def progress(**closed: datetime | None) -> StoreProgress:
    """Cameras of the store north; those whose names begin with `other` are in another one."""
    cameras = {
        name: CameraProgress(name, "other" if name.startswith("other") else "north", until)
        for name, until in closed.items()
    }
    return StoreProgress("north", BERLIN, cameras)


def mark(camera: str, *quarters: datetime, waits: bool = False) -> DayMark:
    return DayMark("north", quarters[0].date(), camera, "value", frozenset(quarters), waits)


@pytest.mark.parametrize(
    ("closed", "now", "ready"),
    [
        ({"a": END}, END, True),
        ({"a": END}, END - SECOND, False),
        ({}, END, True),
        ({"a": END, "b": END - SECOND}, END + PATIENCE - SECOND, False),
        ({"a": END, "b": END - SECOND}, END + PATIENCE, True),
        ({"a": None}, END + PATIENCE - SECOND, False),
        ({"a": END, "other": START}, END, True),
        ({"a": END, "other_marked": START}, END, False),
    ],
)
def test_when_a_day_is_ready(closed: dict[str, datetime | None], now: datetime, *, ready: bool) -> None:
    assert progress(**closed).is_ready(DAY, {"other_marked"}, now) is ready


def test_marked_days_before_the_next_one_are_rewritten_oldest_first() -> None:
    before = START - timedelta(days=3)
    marks = [mark("a", START, START - SECOND), mark("b", before), mark("c", END)]
    days = [DAY - timedelta(days=3), DAY - timedelta(days=1), DAY]
    assert days_to_rewrite(marks, progress(a=END, b=END, c=END), DAY + timedelta(days=1)) == days
    assert days_to_rewrite(marks, progress(a=END, b=END, c=END), DAY) == days[:-1]


@pytest.mark.parametrize(
    ("closed", "waits", "days"),
    [(START, True, []), (None, True, []), (END, True, [DAY]), (START, False, [DAY])],
)
def test_a_mark_that_waits_for_its_camera(closed: datetime | None, days: list[date], *, waits: bool) -> None:
    assert days_to_rewrite([mark("a", START, waits=waits)], progress(a=closed), date(2027, 1, 1)) == days


def test_a_mark_that_waits_for_a_camera_that_is_gone_is_due() -> None:
    assert days_to_rewrite([mark("a", START, waits=True)], progress(), date(2027, 1, 1)) == [DAY]


def test_the_marks_of_a_local_day() -> None:
    here, evening, after = mark("a", START), mark("b", END - SECOND), mark("c", END)
    assert marks_of_day([here, evening, after], BERLIN, DAY) == [here, evening]
    assert marked_cameras([here, mark(ALL_CAMERAS, START)]) == {"a"}


def test_the_last_day_of_a_month() -> None:
    assert [closes_month(date(2026, 11, day)) for day in (29, 30)] == [False, True]


def test_late_quarters_are_those_of_days_that_have_a_file() -> None:
    marks = [
        mark("a", START, START - SECOND),
        mark("b", START - 2 * SECOND),
        mark(ALL_CAMERAS, START - 3 * SECOND),
        mark("a", START - 4 * SECOND, waits=True),
    ]
    of_all = [START - number * SECOND for number in (3, 2, 1)]
    assert late_quarters(marks, BERLIN, DAY) == of_all
    assert late_quarters(marks, BERLIN, DAY, "a") == [of_all[0], of_all[2]]
    assert late_quarters(marks, BERLIN, None) == []
