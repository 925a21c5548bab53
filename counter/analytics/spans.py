"""Spans of trading time: quarter hours, hours, days, weeks. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import groupby

from counter.analytics.trading_days import DAY, TradingCalendar


class Step(StrEnum):
    """How a stretch of days is cut into spans."""

    QUARTER = "quarter"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"


@dataclass(frozen=True)
class Span:
    """The quarter hours `start` to `end`, the end exclusive, as numbers since the epoch; `day` is its first
    trading day.
    """

    start: int
    end: int
    day: date


def day_span(calendar: TradingCalendar, day: date) -> Span:
    """A trading day."""
    return Span(calendar.start(day), calendar.start(day + DAY), day)


def days_span(calendar: TradingCalendar, first: date, last: date) -> Span:
    """Trading days, both included."""
    return Span(calendar.start(first), calendar.start(last + DAY), first)


def spans(calendar: TradingCalendar, step: Step, first: date, last: date) -> list[Span]:
    """The spans of the trading days `first` to `last`, both included, in order.

    Hours are those of the wall clock: one that exists twice gives two spans, one that is left out none. Weeks
    start on Monday; the first and the last may be cut.
    """
    if step is Step.WEEK:
        return [days_span(calendar, *week) for week in _weeks(first, last)]
    days = [day_span(calendar, first + number * DAY) for number in range((last - first).days + 1)]
    if step is Step.DAY:
        return days
    if step is Step.QUARTER:
        return [Span(number, number + 1, day.day) for day in days for number in range(day.start, day.end)]
    return [hour for day in days for hour in hours(calendar, day)]


def hours(calendar: TradingCalendar, day: Span) -> Iterator[Span]:
    """The hours of a trading day on the wall clock, in order."""
    for _, group in groupby(
        range(day.start, day.end), key=lambda number: number - calendar.local(number).minute // 15
    ):
        numbers = list(group)
        yield Span(numbers[0], numbers[-1] + 1, day.day)


def _weeks(first: date, last: date) -> Iterator[tuple[date, date]]:
    while first <= last:
        sunday = first + timedelta(days=6 - first.weekday())
        yield first, min(sunday, last)
        first = sunday + DAY
