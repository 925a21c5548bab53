"""A subject's series on one axis: what is counted, what stands in for gaps, and how wrong that may be.
Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from counter.analytics.columns import QUARTER_SECONDS
from counter.analytics.estimation.arrays import Bools, Floats, Ints
from counter.analytics.estimation.replay import joined, replay
from counter.analytics.members import Members
from counter.analytics.past_days import LEAST_DAYS, MOST_DAYS, Days
from counter.analytics.trading_days import TradingCalendar


@dataclass(frozen=True)
class FilledDay:
    """A day with gaps: the errors of its replay, [past days, quarter hours], in people.

    `usable` is how many past days tell what is usual: those that were counted at the times at which the dark
    cameras are due today. `columns` are the quarter hours, `past` those of the past days at the same time of
    day, or -1. With fewer than 8 usable days nothing is replayed: gaps are interpolated, and `spread` says
    for each quarter hour by how many people that may be wrong; infinite where a camera has nothing to
    interpolate from.
    """

    usable: int
    columns: slice
    errors: Floats
    past: Ints
    spread: Floats

    def cut(self, columns: slice) -> "FilledDay":
        """The part of the day within a span."""
        start = max(self.columns.start, columns.start)
        stop = max(min(self.columns.stop, columns.stop), start)
        part = slice(start - self.columns.start, stop - self.columns.start)
        return FilledDay(
            self.usable, slice(start, stop), self.errors[:, part], self.past[:, part], self.spread[part]
        )


@dataclass(frozen=True)
class Joined:
    """The joined series, one value for each quarter hour of the members.

    `values` are people, NaN where nothing was due or the quarter hour is not closed; `least` the same without
    what stands in for gaps, `hidden` where something does; `seconds` what each stands for; `noise` the
    variance of the counted part; `steps` how many people more it is from a quarter hour to the next;
    `interval` the longest time between two instants, in seconds. `filled` are the days with gaps, by number.
    """

    days: Days
    values: Floats
    least: Floats
    hidden: Bools
    seconds: Floats
    noise: Floats
    steps: Floats
    interval: float
    filled: Mapping[int, FilledDay]

    def past_days(self, number: int) -> int:
        """How many complete days there are before a day, at most 24."""
        return min(len(self.days.before(number)), MOST_DAYS)

    def usable_days(self, number: int) -> int:
        """How many of them tell what is usual where the day's quarter hours are filled."""
        return self.filled[number].usable if number in self.filled else self.past_days(number)

    def numbers(self, columns: slice) -> range:
        """The numbers of the days of a span."""
        edges = np.array([columns.start, columns.stop - 1]) + self.days.members.first
        first, last = np.searchsorted(self.days.bounds, edges, side="right")
        return range(int(first) - 1, int(last))

    def filled_in(self, columns: slice) -> list[FilledDay]:
        """The days on which quarter hours of the span are filled, cut to the span."""
        days = [self.filled[number].cut(columns) for number in self.numbers(columns) if number in self.filled]
        return [day for day in days if self.hidden[day.columns].any()]


def join(members: Members, calendar: TradingCalendar, closed: Bools, *, apart: bool) -> Joined:
    """Join the members; `apart` if they are the cameras of areas, else they are a single camera or zone."""
    due = (members.due > 0) & closed
    days = Days.of(calendar, members, closed)
    means = np.where(due, members.means, np.nan)
    hidden = due & np.isnan(means)
    filled = {number: _fill(days, number, hidden, means) for number in _days_with(hidden, days)}
    anything = due.any(axis=0)
    values = np.where(anything, joined(means, members.areas), np.nan)
    known = members.interval[np.isfinite(members.interval)]
    return Joined(
        days,
        values,
        np.where(anything, joined(np.where(hidden, np.nan, means), members.areas), np.nan),
        np.asarray(hidden.any(axis=0)),
        np.where(anything, QUARTER_SECONDS if apart else members.seconds().sum(axis=0), 0.0),
        _noise(members, means, hidden),
        _steps(values),
        float(known.max()) if len(known) else float(QUARTER_SECONDS),
        filled,
    )


def _days_with(hidden: Bools, days: Days) -> list[int]:
    found = np.flatnonzero(hidden.any(axis=0)) + days.members.first
    return sorted(set((np.searchsorted(days.bounds, found, side="right") - 1).tolist()))


def _fill(days: Days, number: int, hidden: Bools, means: Floats) -> FilledDay:
    """Fill a day's hidden quarter hours, in `means`."""
    columns = days.quarters(number)
    width = columns.stop - columns.start
    cameras, rows, past = days.cameras(number, hidden[:, columns])
    if len(past) < LEAST_DAYS:
        spread = _interpolated(means, hidden, columns)
        nothing = np.zeros((0, width))
        return FilledDay(len(past), columns, nothing, nothing.astype(np.int64), spread)
    weekdays = np.array([days.day(int(day)).weekday() for day in past])
    found = replay(cameras, weekdays, days.day(number).weekday())
    for row, values in zip(rows, found.filled, strict=True):
        means[row, columns] = values
    same = days.same_quarters(number, past)
    return FilledDay(len(past), columns, found.errors, same, np.zeros(width))


def _interpolated(means: Floats, hidden: Bools, columns: slice) -> Floats:
    """Fill from the member's own quarter hours of that day; the result is how far these differ."""
    spread = np.zeros(columns.stop - columns.start)
    for row in np.flatnonzero(hidden[:, columns].any(axis=1)):
        day = means[row, columns]
        missing, known = np.flatnonzero(hidden[row, columns]), np.flatnonzero(~np.isnan(day))
        if len(known):
            day[missing] = np.interp(missing, known, day[known])
        spread[missing] += day[known].std() if len(known) else np.inf
    return spread


def _steps(values: Floats) -> Floats:
    """Half of the difference between the quarter hours after and before; 0 at the ends of opening hours."""
    steps = np.zeros(len(values))
    steps[1:-1] = (values[2:] - values[:-2]) / 2
    return np.nan_to_num(steps)


def _noise(members: Members, means: Floats, hidden: Bools) -> Floats:
    """The sum over areas of the variance of the camera that sees most; a camera that is filled has none."""
    noise = np.where(hidden | np.isnan(means), 0.0, np.nan_to_num(members.noise))
    total = np.zeros(means.shape[1])
    for area in np.unique(members.areas):
        rows = np.flatnonzero(members.areas == area)
        most = np.nan_to_num(means[rows], nan=-1.0).argmax(axis=0)
        total += noise[rows][most, np.arange(means.shape[1])]
    return total
