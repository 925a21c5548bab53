from datetime import date, time, timedelta

import pytest

from counter.analytics.columns import quarter_number, quarter_time
from counter.analytics.trading_days import SLOTS, TradingCalendar, ZoneFrom
from counter.stores.calendar import EarlierZone
from counter.stores.store import Store
from ingest.times import from_text

BERLIN = TradingCalendar.in_zone("Europe/Berlin")
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)
"""The clock goes from 02:00 to 03:00, and from 03:00 to 02:00, on these days in Berlin."""


def number(text: str) -> int:
    return quarter_number(from_text(text))


@pytest.mark.parametrize(
    ("zone", "day_starts", "day", "start"),
    [
        ("UTC", time(0), date(2026, 11, 22), "2026-11-22T00:00Z"),
        # East: Berlin is one hour ahead in winter, two in summer; Kathmandu five and three quarters.
        ("Europe/Berlin", time(0), date(2026, 11, 22), "2026-11-21T23:00Z"),
        ("Europe/Berlin", time(4), date(2026, 11, 22), "2026-11-22T03:00Z"),
        ("Europe/Berlin", time(0), date(2026, 7, 1), "2026-06-30T22:00Z"),
        ("Asia/Kathmandu", time(0), date(2026, 11, 22), "2026-11-21T18:15Z"),
        # West: New York is five hours behind in winter.
        ("America/New_York", time(0), date(2026, 11, 22), "2026-11-22T05:00Z"),
        ("America/New_York", time(3), date(2026, 11, 22), "2026-11-22T08:00Z"),
        # 02:30 does not exist: the day starts at 03:00 summer time, 01:00 UTC.
        ("Europe/Berlin", time(2, 30), SPRING, "2026-03-29T01:00Z"),
        # 02:30 exists twice: the first one counts, in summer time.
        ("Europe/Berlin", time(2, 30), AUTUMN, "2026-10-25T00:30Z"),
        # The clock of Sao Paulo went from 00:00 to 01:00 on this day: 03:00 UTC.
        ("America/Sao_Paulo", time(0), date(2018, 11, 4), "2018-11-04T03:00Z"),
    ],
)
def test_a_trading_day_starts_at_its_local_time(zone: str, day_starts: time, day: date, start: str) -> None:
    calendar = TradingCalendar.in_zone(zone, day_starts)
    assert calendar.start(day) == number(start)
    assert calendar.day_of(number(start)) == day
    assert calendar.day_of(number(start) - 1) == day - timedelta(days=1)


@pytest.mark.parametrize(("day", "hours"), [(SPRING, 23), (AUTUMN, 25), (date(2026, 7, 1), 24)])
def test_a_day_of_a_change_of_the_clock_is_shorter_or_longer(day: date, hours: int) -> None:
    start, end = BERLIN.starts(day, day)
    assert end - start == hours * 4


def test_the_hour_after_midnight_belongs_to_the_day_before_where_the_day_starts_later() -> None:
    calendar = TradingCalendar.in_zone("Europe/Berlin", time(4))
    # 02:59 and 03:00 UTC are 03:59 and 04:00 in Berlin.
    assert calendar.day_of(number("2026-11-22T02:45Z")) == date(2026, 11, 21)
    assert calendar.day_of(number("2026-11-22T03:00Z")) == date(2026, 11, 22)


def test_slots_are_those_of_the_wall_clock() -> None:
    start, end = BERLIN.starts(AUTUMN, AUTUMN)
    slots = BERLIN.slots(start, end).tolist()
    # 00:00 to 03:00 summer time, 02:00 to 03:00 again, then on to midnight.
    assert slots == [*range(12), *range(8, 12), *range(12, SLOTS)]
    start, end = BERLIN.starts(SPRING, SPRING)
    assert BERLIN.slots(start, end).tolist() == [*range(8), *range(12, SLOTS)]


def test_slots_count_from_the_start_of_the_trading_day() -> None:
    calendar = TradingCalendar.in_zone("Europe/Berlin", time(4))
    start, end = calendar.starts(date(2026, 11, 22), date(2026, 11, 22))
    assert calendar.slots(start, end).tolist() == list(range(SLOTS))
    assert calendar.slot(number("2026-11-22T23:00Z")) == 80  # midnight, 20 hours after 04:00


def store(before: str, after: str, day_starts: time = time(0)) -> Store:
    return Store("s", after, (EarlierZone(date(2026, 11, 22), before),), day_starts=day_starts)


@pytest.mark.parametrize(
    ("before", "after", "start", "end"),
    [
        # The new zone begins at Berlin's midnight, 23:00 in London: the day lasts until London's next, 25
        # hours.
        ("Europe/Berlin", "Europe/London", "2026-11-21T23:00Z", "2026-11-23T00:00Z"),
        # At London's midnight it is 01:00 in Berlin: 23 hours.
        ("Europe/London", "Europe/Berlin", "2026-11-22T00:00Z", "2026-11-22T23:00Z"),
    ],
)
def test_a_new_time_zone_begins_at_midnight_in_the_one_before(
    before: str, after: str, start: str, end: str
) -> None:
    found = store(before, after)
    calendar = TradingCalendar.of_store(found)
    day = date(2026, 11, 22)
    assert calendar.starts(day, day).tolist() == [number(start), number(end)]
    assert calendar.day_of(number(start)) == day
    assert calendar.day_of(number(start) - 1) == date(2026, 11, 21)
    assert str(calendar.local(number(start) - 1).tzinfo) == before
    assert str(calendar.local(number(start)).tzinfo) == after
    # The days of the history's files.
    assert quarter_time(calendar.start(day)) == found.calendar.start_of(day)
    assert quarter_time(calendar.start(day + timedelta(days=1))) == found.calendar.end_of(day)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "America/Sao_Paulo", "Asia/Kathmandu"])
def test_days_are_those_of_the_history(zone: str) -> None:
    """A year and a half of days, in each zone with its changes of the clock."""
    found = Store("s", zone)
    calendar = TradingCalendar.of_store(found)
    first = date(2017, 9, 1)
    starts = calendar.starts(first, first + timedelta(days=500)).tolist()
    assert starts == [
        quarter_number(found.calendar.start_of(first + timedelta(days=day))) for day in range(502)
    ]


def test_a_trading_day_in_a_new_time_zone_starts_at_its_local_time() -> None:
    calendar = TradingCalendar.of_store(store("Europe/Berlin", "Europe/London", time(4)))
    assert calendar.start(date(2026, 11, 22)) == number("2026-11-22T04:00Z")
    assert calendar.day_of(number("2026-11-21T23:00Z")) == date(2026, 11, 21)


def test_a_store_says_its_excluded_days_and_when_its_day_starts() -> None:
    day = date(2026, 12, 24)
    calendar = TradingCalendar.of_store(Store("s", "UTC", day_starts=time(3), excluded={day: "short day"}))
    assert calendar == TradingCalendar((ZoneFrom(date.min, "UTC"),), time(3), {day: "short day"})


@pytest.mark.parametrize("day_starts", [time(4, 10), time(4, 0, 1)])
def test_a_trading_day_starts_with_a_quarter_hour(day_starts: time) -> None:
    with pytest.raises(ValueError, match="choose a quarter hour"):
        TradingCalendar.in_zone("UTC", day_starts)


def test_a_store_needs_a_time_zone() -> None:
    with pytest.raises(ValueError, match="needs a time zone"):
        TradingCalendar(())
