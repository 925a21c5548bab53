"""A store's trading days and local hours, with both changes of the clock and earlier time zones. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from itertools import pairwise
from types import MappingProxyType
from zoneinfo import ZoneInfo

import numpy as np

from counter.analytics.columns import quarter_number, quarter_time
from counter.analytics.estimation.arrays import Ints
from counter.stores.store import Store

DAY = timedelta(days=1)
SLOTS = 96
"""The quarter hours of a local day on the wall clock. A day with a change of the clock has fewer or more of
its own."""


@dataclass(frozen=True)
class ZoneFrom:
    """The time zone of a store from the midnight on, in the zone before it, at which `first` begins."""

    first: date
    name: str


@dataclass(frozen=True)
class TradingCalendar:
    """What a store's local time is, when its trading day starts, and which of its days are excluded.

    `zones` are all time zones that the store has had, in order; the first also holds for all time before it.
    A trading day lasts from `day_starts` on its date to `day_starts` on the next. `excluded` maps dates to
    reasons. Raises ValueError.
    """

    zones: tuple[ZoneFrom, ...]
    day_starts: time = time(0)
    excluded: Mapping[date, str] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        if not self.zones:
            raise ValueError("a store needs a time zone, such as Europe/Berlin")
        if self.day_starts.minute % 15 or self.day_starts.second or self.day_starts.microsecond:
            raise ValueError(
                f"the trading day cannot start at {self.day_starts}: choose a quarter hour, such as 04:00"
            )

    @classmethod
    def in_zone(cls, name: str, day_starts: time = time(0)) -> "TradingCalendar":
        """The calendar of a store that has always had one time zone."""
        return cls((ZoneFrom(date.min, name),), day_starts)

    @classmethod
    def of_store(cls, store: Store) -> "TradingCalendar":
        """The calendar of a store, as its entry says."""
        names = [*(zone.time_zone for zone in store.earlier), store.time_zone]
        firsts = [date.min, *(zone.until for zone in store.earlier)]
        zones = tuple(ZoneFrom(first, name) for first, name in zip(firsts, names, strict=True))
        return cls(zones, store.day_starts, store.excluded)

    def local(self, quarter: int) -> datetime:
        """The local time at which a quarter hour starts, with its offset."""
        moment = quarter_time(quarter)
        return moment.astimezone(self._zones_from[self._place(quarter)][1])

    def day_of(self, quarter: int) -> date:
        """The trading day of a quarter hour."""
        day = (self.local(quarter).replace(tzinfo=None) - self._shift).date()
        # In a change of the clock, `day_starts` may be a time that does not exist, or that exists twice.
        if quarter < self.start(day):
            return day - DAY
        return day + DAY if quarter >= self.start(day + DAY) else day

    def start(self, day: date) -> int:
        """The quarter hour with which a trading day starts: the first one whose local time is not before
        it.
        """
        if day in self._changes and self.day_starts == time(0):
            return self._changes[day]
        wanted = datetime.combine(day, self.day_starts)
        zone = ZoneInfo(self._zone_on(day))
        first = quarter_number(wanted.replace(tzinfo=zone).astimezone(UTC))
        if self.local(first).replace(tzinfo=None) == wanted:
            return first
        # The clock jumps over `day_starts`, or an earlier time zone is still in force.
        number = min(first, quarter_number(wanted.replace(tzinfo=zone, fold=1).astimezone(UTC))) - 96
        while self.local(number).replace(tzinfo=None) < wanted:
            number += 1
        return number

    def starts(self, first: date, last: date) -> Ints:
        """The starts of the trading days `first` to `last`, both included, and the end of the last."""
        days = range((last - first).days + 2)
        return np.array([self.start(first + number * DAY) for number in days], np.int64)

    def slot(self, quarter: int) -> int:
        """Which quarter hour of the trading day the wall clock shows, 0..95 from `day_starts`.

        A day that is an hour longer has four slots twice, a day that is an hour shorter lacks four.
        """
        local = self.local(quarter)
        minutes = local.hour * 60 + local.minute - self.day_starts.hour * 60 - self.day_starts.minute
        return minutes % (24 * 60) // 15

    def slots(self, start: int, end: int) -> Ints:
        """`slot` of each quarter hour of a trading day."""
        first, last = self.slot(start), self.slot(end - 1)
        if end - start == SLOTS and (first, last) == (0, SLOTS - 1):
            return np.arange(SLOTS)
        return np.array([self.slot(number) for number in range(start, end)], np.int64)

    @property
    def _shift(self) -> timedelta:
        return timedelta(hours=self.day_starts.hour, minutes=self.day_starts.minute)

    @cached_property
    def _changes(self) -> Mapping[date, int]:
        """The quarter hours at which a new time zone begins: at midnight in the zone before it."""
        pairs = pairwise(self.zones)
        midnights = {
            zone.first: datetime.combine(zone.first, time(0), ZoneInfo(before.name)) for before, zone in pairs
        }
        return {day: quarter_number(midnight.astimezone(UTC)) for day, midnight in midnights.items()}

    @cached_property
    def _zones_from(self) -> tuple[tuple[int, ZoneInfo], ...]:
        """For each zone the first quarter hour that it holds for."""
        return tuple(
            (self._changes[zone.first] if number else 0, ZoneInfo(zone.name))
            for number, zone in enumerate(self.zones)
        )

    def _place(self, quarter: int) -> int:
        last = len(self.zones) - 1
        return next((place for place in range(last, 0, -1) if quarter >= self._zones_from[place][0]), 0)

    def _zone_on(self, day: date) -> str:
        return next((zone.name for zone in reversed(self.zones) if zone.first <= day), self.zones[0].name)
