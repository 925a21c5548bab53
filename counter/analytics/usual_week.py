"""The usual week: what is usual on a weekday, and on a weekday at an hour. Pure."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import inf, sqrt

import numpy as np

from counter.analytics.estimation.student import t_quantile
from counter.analytics.figures import Basis, Evidence, Figure, Instants, Knowledge
from counter.analytics.judging import WIDEST_PEOPLE, WIDEST_SHARE
from counter.analytics.sentences import nothing_counted, too_few_weekdays, too_wide
from counter.analytics.series import Series
from counter.analytics.spans import Span, Step, hours, spans
from counter.analytics.totals import total

LEAST_COVERAGE = 0.5
"""A day of which less was counted says nothing about what is usual at that time."""


@dataclass(frozen=True)
class Usually:
    """The usual mean on a weekday, 0 is Monday, at an hour of the wall clock, or on the whole day (None).

    `days` are the trading days that it rests on; `instants` also has those of days that were left out because
    too little of them was counted.
    """

    weekday: int
    hour: int | None
    days: tuple[date, ...]
    instants: Instants
    mean: Figure


def usual_week(series: Series, first: date, last: date) -> list[Usually]:
    """Each hour of each weekday in which anything was due, from the trading days `first` to `last`, both
    included.

    Excluded days and days that are not over are left out. An hour that exists twice on a day counts as one.
    """
    found = defaultdict[tuple[int, int], list[list[Span]]](list)
    for day in _days(series, first, last):
        by_hour = defaultdict[int, list[Span]](list)
        for hour in hours(series.calendar, day):
            by_hour[series.calendar.local(hour.start).hour].append(hour)
        for number, parts in by_hour.items():
            found[day.day.weekday(), number].append(parts)
    usually = [_usually(series, weekday, hour, found[weekday, hour]) for weekday, hour in sorted(found)]
    return [cell for cell in usually if cell.instants.due]


def usual_days(series: Series, first: date, last: date) -> list[Usually]:
    """The same of each weekday as a whole."""
    found = defaultdict[int, list[list[Span]]](list)
    for day in _days(series, first, last):
        found[day.day.weekday()].append([day])
    usually = [_usually(series, weekday, None, found[weekday]) for weekday in sorted(found)]
    return [cell for cell in usually if cell.instants.due]


def _days(series: Series, first: date, last: date) -> list[Span]:
    return [
        day
        for day in spans(series.calendar, Step.DAY, first, last)
        if day.day not in series.calendar.excluded and not series.evidence(day).open
    ]


@dataclass(frozen=True)
class _Part:
    """The mean of one day's part, the error of what stands in for its gaps, and its instants."""

    day: date
    mean: float
    error: float
    instants: Instants

    @property
    def usable(self) -> bool:
        return (self.instants.coverage or 0) >= LEAST_COVERAGE and self.error < inf


def _part(series: Series, spans: Sequence[Span]) -> _Part:
    instants = _sum([series.instants(series.columns(span)) for span in spans])
    people = seconds = error = 0.0
    for span in spans:
        columns = series.columns(span)
        known = ~np.isnan(series.joined.values[columns])
        if known.any():
            found = total(series.joined, columns)
            people, seconds = people + found.person_seconds.value, seconds + found.seconds
            # What was interpolated from beside is not what this hour is usually like.
            error += inf if found.person_seconds.beside else found.person_seconds.replayed
    return _Part(
        spans[0].day, people / seconds if seconds else 0.0, error / seconds if seconds else 0.0, instants
    )


def _usually(series: Series, weekday: int, hour: int | None, days: Sequence[Sequence[Span]]) -> Usually:
    parts = [_part(series, spans) for spans in days]
    usable = [part for part in parts if part.usable]
    instants = _sum([part.instants for part in parts])
    return Usually(
        weekday, hour, tuple(part.day for part in usable), instants, _mean(usable, weekday, instants)
    )


def _mean(parts: Sequence[_Part], weekday: int, instants: Instants) -> Figure:
    number = len(parts)
    if not number:
        return Figure(Knowledge.UNKNOWN if instants.due else Knowledge.CLOSED, reason=nothing_counted())
    if number == 1:
        return Figure(Knowledge.UNKNOWN, reason=too_few_weekdays(weekday))
    means = np.array([part.mean for part in parts])
    # What stands in for gaps differs less from day to day than what it stands for.
    errors = float(np.mean([part.error**2 for part in parts]))
    error = sqrt((float(means.var(ddof=1)) + errors) / number)
    value, half = float(means.mean()), t_quantile(number - 1) * error
    if instants.missing and half > max(WIDEST_SHARE * value, WIDEST_PEOPLE):
        return Figure(Knowledge.UNKNOWN, reason=too_wide(half, value))
    basis = Basis(Evidence.DAYS, number, error / value if value else None, instants.missing, weekday)
    return Figure(Knowledge.KNOWN, value, max(value - half, 0.0), value + half, basis=basis)


def _sum(found: Sequence[Instants]) -> Instants:
    gaps = defaultdict[str, int](int)
    for instants in found:
        for reason, number in instants.gaps.items():
            gaps[reason] += number
    return Instants(sum(part.due for part in found), sum(part.counted for part in found), dict(gaps))
