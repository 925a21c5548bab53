"""Which past days a day's gaps are replayed on, and what its cameras counted on them. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np

from counter.analytics.estimation.arrays import Bools, Floats, Ints
from counter.analytics.estimation.replay import CameraDay
from counter.analytics.members import Members
from counter.analytics.trading_days import DAY, SLOTS, TradingCalendar

MOST_DAYS = 24
LEAST_DAYS = 8
COMPLETE = 0.95
"""A day whose instants are counted to this share is complete; the few missing quarter hours are
interpolated."""
LOOK_BACK = timedelta(days=84)
"""How far back past days are searched: a report reads so many days more than it shows."""


@dataclass(frozen=True)
class Days:
    """All trading days that the members have quarter hours on: `bounds` are their starts, and the end of the
    last.
    """

    calendar: TradingCalendar
    members: Members
    first: date
    bounds: Ints
    closed: Bools
    """For each quarter hour of the members, whether it is closed."""

    @classmethod
    def of(cls, calendar: TradingCalendar, members: Members, closed: Bools) -> "Days":
        """The days of the members."""
        width = members.due.shape[1]
        first = calendar.day_of(members.first)
        last = calendar.day_of(members.first + max(width - 1, 0))
        return cls(calendar, members, first, calendar.starts(first, last), closed)

    def __len__(self) -> int:
        return len(self.bounds) - 1

    def quarters(self, number: int) -> slice:
        """The columns of a day; those before or after all that is known are left out."""
        start, end = self.bounds[number : number + 2] - self.members.first
        return slice(max(int(start), 0), min(int(end), self.members.due.shape[1]))

    def slots(self, number: int) -> Ints:
        """The wall clock's slots of a day's columns."""
        start, end = int(self.bounds[number]), int(self.bounds[number + 1])
        found, columns = self.calendar.slots(start, end), self.quarters(number)
        begin = columns.start + self.members.first - start
        return found[begin : begin + columns.stop - columns.start]

    def day(self, number: int) -> date:
        """The date of a day."""
        return self.first + number * DAY

    @cached_property
    def complete(self) -> Bools:
        """Which days are complete and not excluded."""
        sums = np.concatenate([[0], np.cumsum(self.members.due.sum(axis=0) * self.closed)])
        counted = np.concatenate([[0], np.cumsum(self.members.counted.sum(axis=0) * self.closed)])
        opened = np.concatenate([[0], np.cumsum(self.members.due.sum(axis=0) * ~self.closed)])
        edges = np.clip(self.bounds - self.members.first, 0, self.members.due.shape[1])
        due, seen, still_open = (np.diff(values[edges]) for values in (sums, counted, opened))
        kept = np.array([self.day(number) not in self.calendar.excluded for number in range(len(self))])
        complete: Bools = (due > 0) & (seen >= COMPLETE * due) & (still_open == 0) & kept
        return complete

    def before(self, number: int) -> Ints:
        """The complete days before a day, within the look-back, oldest first."""
        start = max(number - LOOK_BACK.days, 0)
        return start + np.flatnonzero(self.complete[start:number])

    @cached_property
    def _columns(self) -> Ints:
        """[days, slots]: the column in which the wall clock shows a slot for the first time, or -1."""
        columns = np.full((len(self), SLOTS), -1)
        for number in range(len(self)):
            found, slots = self.quarters(number), self.slots(number)
            # Backwards, so that of a slot that exists twice the first one stays.
            columns[number, slots[::-1]] = np.arange(found.start, found.stop)[::-1]
        return columns

    def cameras(self, number: int, hidden: Bools) -> tuple[list[CameraDay], list[int], Ints]:
        """The members of the areas in which some are hidden that day, their rows, and the past days.

        `hidden` is [members, quarter hours of the day]. A past day must be complete for each member with
        hidden quarter hours, at the times at which that member is due today.
        """
        members, columns = self.members, self.quarters(number)
        due = (members.due[:, columns] > 0) & self.closed[columns]
        dark = np.flatnonzero(hidden.any(axis=1))
        past = self.before(number)
        at = self.same_quarters(number, past)
        usable = np.ones(len(past), bool)
        for row in dark:
            usable &= _share(self._means(int(row), at)[:, due[row]]) >= COMPLETE
        at, past = at[usable][-MOST_DAYS:], past[usable][-MOST_DAYS:]
        affected = np.isin(members.areas, members.areas[dark]) & due.any(axis=1)
        rows = [int(row) for row in np.flatnonzero(affected)]
        return [self._camera(row, columns, hidden[row], due[row], at) for row in rows], rows, past

    def same_quarters(self, number: int, past: Ints) -> Ints:
        """[past days, quarter hours of the day]: the columns of the same time of day, or -1."""
        return self._columns[past][:, self.slots(number)]

    def _camera(self, row: int, columns: slice, hidden: Bools, due: Bools, at: Ints) -> CameraDay:
        today = np.where(due & ~hidden, self.members.means[row, columns], np.nan)
        past = np.where(due, self._means(row, at), np.nan)
        for day in past:
            _interpolate(day, due)
        return CameraDay(int(self.members.areas[row]), today, hidden, past)

    def _means(self, row: int, at: Ints) -> Floats:
        means: Floats = np.where(at >= 0, self.members.means[row, at], np.nan)
        return means


def _share(days: Floats) -> Floats:
    """The share of each day's slots that have a mean."""
    share: Floats = np.isfinite(days).mean(axis=1)
    return share


def _interpolate(day: Floats, due: Bools) -> None:
    """Fill small holes of a day in place, from the counted slots beside them; a day that lacks more stays as
    it is.
    """
    missing = due & np.isnan(day)
    if missing.any() and missing.sum() <= (1 - COMPLETE) * due.sum() + 1e-9:
        known = np.flatnonzero(~np.isnan(day))
        day[missing] = np.interp(np.flatnonzero(missing), known, day[known])
