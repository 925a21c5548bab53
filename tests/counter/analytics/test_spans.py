from datetime import date, time, timedelta
from itertools import pairwise

from counter.analytics.spans import Span, Step, day_span, spans
from counter.analytics.trading_days import TradingCalendar

BERLIN = TradingCalendar.in_zone("Europe/Berlin")
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


def test_days_follow_one_another_without_a_hole() -> None:
    days = spans(BERLIN, Step.DAY, date(2026, 10, 20), date(2026, 10, 30))
    assert [day.day for day in days] == [date(2026, 10, 20) + timedelta(days=n) for n in range(11)]
    assert all(before.end == after.start for before, after in pairwise(days))


def test_the_doubled_hour_gives_two_spans_and_the_missing_none() -> None:
    hours = [f"{BERLIN.local(hour.start):%H:%M%z}" for hour in spans(BERLIN, Step.HOUR, AUTUMN, AUTUMN)]
    assert len(hours) == 25
    assert hours[1:5] == ["01:00+0200", "02:00+0200", "02:00+0100", "03:00+0100"]
    hours = [f"{BERLIN.local(hour.start):%H:%M%z}" for hour in spans(BERLIN, Step.HOUR, SPRING, SPRING)]
    assert len(hours) == 23
    assert hours[1:3] == ["01:00+0100", "03:00+0200"]


def test_hours_are_the_wall_clocks_where_the_offset_is_not_a_whole_hour() -> None:
    kathmandu = TradingCalendar.in_zone("Asia/Kathmandu")
    hours = spans(kathmandu, Step.HOUR, AUTUMN, AUTUMN)
    assert len(hours) == 24
    assert {kathmandu.local(hour.start).minute for hour in hours} == {0}


def test_a_trading_day_that_starts_at_half_past_has_a_half_hour_at_each_end() -> None:
    calendar = TradingCalendar.in_zone("UTC", time(4, 30))
    lengths = [hour.end - hour.start for hour in spans(calendar, Step.HOUR, AUTUMN, AUTUMN)]
    assert lengths == [2, *[4] * 23, 2]


def test_quarters_are_spans_too() -> None:
    quarters = spans(BERLIN, Step.QUARTER, SPRING, SPRING)
    assert len(quarters) == 92
    assert quarters[0] == Span(BERLIN.start(SPRING), BERLIN.start(SPRING) + 1, SPRING)


def test_weeks_start_on_monday_and_are_cut_at_the_ends() -> None:
    weeks = spans(BERLIN, Step.WEEK, date(2026, 10, 21), date(2026, 11, 3))
    assert [week.day for week in weeks] == [date(2026, 10, 21), date(2026, 10, 26), date(2026, 11, 2)]
    # Wednesday to Sunday, five days of which the last has 25 hours; a week; Monday and Tuesday.
    assert [week.end - week.start for week in weeks] == [5 * 96 + 4, 7 * 96, 2 * 96]


def test_a_day_is_its_quarter_hours() -> None:
    assert day_span(BERLIN, AUTUMN).end - day_span(BERLIN, AUTUMN).start == 100
