"""A store's local days: where each begins, also where its time zone was another one. Pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)


@dataclass(frozen=True)
class EarlierZone:
    """A time zone that was in force on the days before `until`."""

    until: date
    time_zone: str


@dataclass(frozen=True)
class StoreCalendar:
    """The local days of a store: of the clock's midnight, and trading days.

    `earlier` has the zones of former days, oldest first. Every moment belongs to exactly one day: where the
    zone changes, the last day in the old zone ends at the old zone's midnight.
    """

    time_zone: str
    earlier: tuple[EarlierZone, ...] = ()
    day_starts: time = time(0)

    def zone_of(self, day: date) -> ZoneInfo:
        """The time zone of a day."""
        former = (zone.time_zone for zone in self.earlier if day < zone.until)
        return ZoneInfo(next(former, self.time_zone))

    def start_of(self, day: date) -> datetime:
        """The first moment of a day, in UTC.

        A midnight that the clock skips is the moment at which it does so.
        """
        midnight = datetime.combine(day, time(0), self.zone_of(day - DAY))
        return midnight.astimezone(UTC)

    def end_of(self, day: date) -> datetime:
        """The first moment of the next day, in UTC."""
        return self.start_of(day + DAY)

    def day_of(self, moment: datetime) -> date:
        """The day that a moment belongs to."""
        day = moment.astimezone(ZoneInfo(self.time_zone)).date() - DAY
        # No zone is more than a day ahead of another one, or behind.
        while self.end_of(day) <= moment:
            day += DAY
        while moment < self.start_of(day):
            day -= DAY
        return day

    def trading_day_of(self, moment: datetime) -> date:
        """The day that a moment is reported under: what is before `day_starts` belongs to the day before."""
        day = self.day_of(moment)
        local = moment.astimezone(self.zone_of(day))
        return day - DAY if local.date() == day and local.time() < self.day_starts else day
