"""The usual week: what is usual on a weekday, and on a weekday at an hour. Pure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import inf, sqrt

import numpy as np

from counter.analytics.estimation.student import t_quantile
from counter.analytics.figures import Basis, Evidence, Figure, Instants, Knowledge
from counter.analytics.judging import MOST_MISSING, WIDEST_PEOPLE, WIDEST_SHARE
from counter.analytics.sentences import (
    gaps_not_filled,
    nothing_counted,
    too_few_weekdays,
    too_wide,
    under_half_counted,
)
from counter.analytics.series import Series
from counter.analytics.spans import Span, Step, hours, spans
from counter.analytics.totals import total

LEAST_COVERAGE = 0.5
"""A day of which less was counted says nothing about what is usual at that time."""

LEAST_WEEKDAYS = 2
"""One day alone does not show by how much such days differ."""

_Key = tuple[int, int | None]
"""Weekday and hour."""


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
    found = defaultdict[_Key, list[list[Span]]](list)
    for day in _days(series, first, last):
        by_hour = defaultdict[int, list[Span]](list)
        for hour in hours(series.calendar, day):
            by_hour[series.calendar.local(hour.start).hour].append(hour)
        for number, parts in by_hour.items():
            found[day.day.weekday(), number].append(parts)
    return _cells(series, found)


def usual_days(series: Series, first: date, last: date) -> list[Usually]:
    """The same of each weekday as a whole."""
    found = defaultdict[_Key, list[list[Span]]](list)
    for day in _days(series, first, last):
        found[day.day.weekday(), None].append([day])
    return _cells(series, found)


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
    def covered(self) -> bool:
        return (self.instants.coverage or 0) >= LEAST_COVERAGE

    @property
    def usable(self) -> bool:
        return self.covered and self.error < inf


def _part(series: Series, spans: Sequence[Span]) -> _Part:
    instants = _sum([series.instants(series.columns(span)) for span in spans])
    people = seconds = error = 0.0
    for span in spans:
        columns = series.columns(span)
        known = ~np.isnan(series.joined.values[columns])
        if known.any():
            found = total(series.joined, columns)
            people, seconds = people + found.person_seconds.value, seconds + found.seconds
            # What was interpolated from beside is not what this hour is usually like, unless it is little.
            guessed = found.person_seconds.beside and instants.missing > MOST_MISSING
            error += inf if guessed else found.person_seconds.replayed
    return _Part(
        spans[0].day, people / seconds if seconds else 0.0, error / seconds if seconds else 0.0, instants
    )


def _cells(series: Series, found: Mapping[_Key, Sequence[Sequence[Span]]]) -> list[Usually]:
    cells = []
    for key in sorted(found):
        parts = [_part(series, spans) for spans in found[key]]
        instants = _sum([part.instants for part in parts])
        if instants.due:
            usable = [part for part in parts if part.usable]
            cells.append(_Cell(*key, usable, instants, _lacking(key[0], parts)))
    pool = _Pool.of(cells)
    return [
        Usually(
            cell.weekday, cell.hour, tuple(part.day for part in cell.parts), cell.instants, pool.mean(cell)
        )
        for cell in cells
    ]


def _lacking(weekday: int, parts: Sequence[_Part]) -> str:
    """Why none or only one of some days tells what is usual."""
    usable = sum(part.usable for part in parts)
    if usable:
        return too_few_weekdays(weekday, len([part for part in parts if part.instants.due]))
    if not any(part.instants.counted for part in parts):
        return nothing_counted()
    if not any(part.covered for part in parts):
        return under_half_counted(weekday)
    return gaps_not_filled(weekday)


@dataclass(frozen=True)
class _Cell:
    """The days that tell what is usual; `lacking` says why, if they are too few."""

    weekday: int
    hour: int | None
    parts: list[_Part]
    instants: Instants
    lacking: str

    @property
    def freedom(self) -> int:
        return max(len(self.parts) - 1, 0)

    @property
    def value(self) -> float:
        return float(np.mean([part.mean for part in self.parts]))

    @property
    def variance(self) -> float:
        """Of a day. What stands in for gaps differs less from day to day than what it stands for."""
        errors = float(np.mean([part.error**2 for part in self.parts]))
        return float(np.var([part.mean for part in self.parts], ddof=1)) + errors


@dataclass(frozen=True)
class _Pool:
    """How much days differ in all cells together: few days alone tell it badly.

    A variance is taken as `rate` times the mean to the power of 1.5, between that of people who come by
    chance and that of days that differ by a factor.
    """

    rate: float
    freedom: int

    @classmethod
    def of(cls, cells: Sequence[_Cell]) -> "_Pool":
        several = [cell for cell in cells if cell.freedom]
        variance = sum(cell.freedom * cell.variance for cell in several)
        scale = sum(cell.freedom * cell.value**1.5 for cell in several)
        return cls(variance / max(scale, 1e-9), sum(cell.freedom for cell in several))

    def mean(self, cell: _Cell) -> Figure:
        """The figure of a cell: t over its days, whose variance counts for a third, and that of all for the
        rest.
        """
        number = len(cell.parts)
        if number < LEAST_WEEKDAYS:
            return Figure(Knowledge.UNKNOWN, reason=cell.lacking)
        others = min(4 * cell.freedom, self.freedom - cell.freedom)
        freedom = cell.freedom + others
        value = cell.value
        variance = (cell.freedom * cell.variance + others * self.rate * value**1.5) / freedom
        error = sqrt(variance / number)
        half, missing = t_quantile(freedom) * error, cell.instants.missing
        if missing > MOST_MISSING and half > max(WIDEST_SHARE * value, WIDEST_PEOPLE):
            return Figure(Knowledge.UNKNOWN, reason=too_wide(half, value))
        basis = Basis(Evidence.DAYS, number, error / value if value else None, missing, cell.weekday)
        return Figure(Knowledge.KNOWN, value, max(value - half, 0.0), value + half, basis=basis)


def _sum(found: Sequence[Instants]) -> Instants:
    gaps = defaultdict[str, int](int)
    for instants in found:
        for reason, number in instants.gaps.items():
            gaps[reason] += number
    return Instants(sum(part.due for part in found), sum(part.counted for part in found), dict(gaps))
