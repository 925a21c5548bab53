from datetime import UTC, date, datetime, time, timedelta

import pytest

from counter.stores.calendar import EarlierZone, StoreCalendar

DAY = date(2026, 11, 22)


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "day", "start", "hours"),
    [
        ("UTC", DAY, utc(2026, 11, 22), 24),
        ("Europe/Berlin", DAY, utc(2026, 11, 21, 23), 24),
        ("America/New_York", DAY, utc(2026, 11, 22, 5), 24),
        ("Asia/Kathmandu", DAY, utc(2026, 11, 21, 18, 15), 24),
        ("Europe/Berlin", date(2026, 3, 29), utc(2026, 3, 28, 23), 23),
        ("Europe/Berlin", date(2026, 10, 25), utc(2026, 10, 24, 22), 25),
        # Cairo goes forward at midnight: the day begins at 01:00, which is 22:00 UTC.
        ("Africa/Cairo", date(2026, 4, 24), utc(2026, 4, 23, 22), 23),
    ],
)
def test_days(zone: str, day: date, start: datetime, hours: int) -> None:
    calendar = StoreCalendar(zone)
    assert calendar.start_of(day) == start
    assert calendar.end_of(day) - start == timedelta(hours=hours)
    assert calendar.day_of(start) == day
    assert calendar.day_of(start - timedelta(milliseconds=1)) == day - timedelta(days=1)


@pytest.mark.parametrize(
    ("before", "after"),
    [("UTC", "Asia/Tokyo"), ("Europe/Berlin", "America/New_York"), ("America/Los_Angeles", "Asia/Tokyo")],
)
def test_a_change_of_zone_leaves_no_moment_out(before: str, after: str) -> None:
    calendar = StoreCalendar(after, (EarlierZone(DAY, before),))
    assert calendar.zone_of(DAY - timedelta(days=1)).key == before
    assert calendar.zone_of(DAY).key == after
    assert calendar.start_of(DAY) == StoreCalendar(before).start_of(DAY)
    assert calendar.end_of(DAY) == StoreCalendar(after).end_of(DAY)
    moment = calendar.start_of(DAY) - timedelta(days=2)
    while moment < calendar.end_of(DAY) + timedelta(days=1):
        day = calendar.day_of(moment)
        assert calendar.start_of(day) <= moment < calendar.end_of(day)
        moment += timedelta(minutes=15)


def test_earlier_zones_are_kept() -> None:
    changes = (EarlierZone(date(2026, 1, 1), "UTC"), EarlierZone(date(2026, 6, 1), "Europe/London"))
    calendar = StoreCalendar("Europe/Berlin", changes)
    days = [date(2025, 12, 31), date(2026, 1, 1), date(2026, 5, 31), date(2026, 6, 1)]
    assert [calendar.zone_of(day).key for day in days] == [
        "UTC",
        "Europe/London",
        "Europe/London",
        "Europe/Berlin",
    ]


@pytest.mark.parametrize(
    ("local", "day"), [((22, 0, 30), 21), ((22, 4, 59), 21), ((22, 5, 0), 22), ((22, 23, 59), 22)]
)
def test_what_is_before_day_starts_belongs_to_the_day_before(local: tuple[int, int, int], day: int) -> None:
    calendar = StoreCalendar("Europe/Berlin", day_starts=time(5))
    date_, hour, minute = local
    moment = datetime(2026, 11, date_, hour, minute, tzinfo=UTC) - timedelta(hours=1)
    assert calendar.trading_day_of(moment) == date(2026, 11, day)
    assert StoreCalendar("Europe/Berlin").trading_day_of(moment) == date(2026, 11, 22)
