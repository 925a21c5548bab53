"""Which sample instants are due: aligned to the wall clock, and in opening hours. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from ingest.registry.opening_hours import ALWAYS, OpeningHours
from ingest.times import EPOCH, floor_to

SAMPLE_EVERY_RANGE = range(1, 841)
DEFAULT_SAMPLE_EVERY = 300
MAX_FRAME_AGE = timedelta(seconds=30)


@dataclass(frozen=True)
class Sampling:
    """A camera's timing. `sample_every` is in seconds, 1..840; `time_zone` is an IANA name."""

    sample_every: int = DEFAULT_SAMPLE_EVERY
    time_zone: str = "UTC"
    opening_hours: OpeningHours = ALWAYS
    enabled: bool = True

    @property
    def step(self) -> timedelta:
        """The time between two sample instants."""
        return timedelta(seconds=self.sample_every)

    @property
    def max_frame_age(self) -> timedelta:
        """How much older than its sample instant a frame may be."""
        return min(self.step, MAX_FRAME_AGE)

    def is_due(self, instant: datetime) -> bool:
        """Whether `instant` is a sample instant of this timing within the opening hours."""
        return self.enabled and not (instant - EPOCH) % self.step and self.is_open(instant)

    def is_open(self, time: datetime) -> bool:
        """Whether the shop is open at `time`, in its local time."""
        return self.opening_hours == ALWAYS or _is_open(
            self.opening_hours, self.time_zone, time.replace(second=0, microsecond=0)
        )

    def due(self, start: datetime, end: datetime) -> Iterator[datetime]:
        """The due instants in [start, end), in order."""
        if not self.enabled:
            return
        instant = floor_to(start + self.step - timedelta(microseconds=1), self.step)
        while instant < end:
            if self.is_open(instant):
                yield instant
            instant += self.step

    def due_before(self, start: datetime, end: datetime) -> Iterator[datetime]:
        """The due instants in [start, end), newest first; closed hours are passed by the minute."""
        if not self.enabled:
            return
        moment = timedelta(microseconds=1)
        instant = floor_to(end - moment, self.step)
        while instant >= start:
            if self.is_open(instant):
                yield instant
                instant -= self.step
            else:
                instant = floor_to(instant.replace(second=0, microsecond=0) - moment, self.step)


@lru_cache(maxsize=4096)
def _is_open(hours: OpeningHours, time_zone: str, minute: datetime) -> bool:
    local = minute.astimezone(ZoneInfo(time_zone))
    return hours.is_open(local.weekday(), local.hour * 60 + local.minute)
