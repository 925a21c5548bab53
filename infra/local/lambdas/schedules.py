"""The schedule expressions of EventBridge Scheduler, in the forms that the template uses. Pure.

Source: "Schedule types in EventBridge Scheduler", "Adding context attributes".
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ingest.errors import OccupancyError
from ingest.times import floor_to

SCHEDULED_TIME = "<aws.scheduler.scheduled-time>"

_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_CRON = re.compile(r"cron\((\S+) (\S+) \* \* \? \*\)")
_FIELD = re.compile(r"(?:\*|(\d{1,2}))(?:/(\d{1,2}))?")

Next = Callable[[datetime], datetime]
"""The first time after the given one at which a schedule is due."""


class UnknownExpression(OccupancyError, ValueError):
    """A schedule expression of a form that the local cloud does not read."""

    def __init__(self, expression: str) -> None:
        super().__init__(
            f"the local cloud cannot read the schedule {expression!r}:"
            " it knows rate(...) and cron(<minute> <hour> * * ? *)"
        )


def every(step: timedelta) -> Next:
    """A fixed interval, counted from the epoch."""
    return lambda time: floor_to(time, step) + step


def parse(expression: str) -> Next:
    """Read `rate(1 minute)` or `cron(0/15 * * * ? *)`, UTC. Raises UnknownExpression."""
    if match := _RATE.fullmatch(expression):
        return every(int(match[1]) * timedelta(**{f"{match[2]}s": 1}))
    if match := _CRON.fullmatch(expression):
        minutes, hours = _field(match[1], 60), _field(match[2], 24)
        if minutes and hours:
            return lambda time: _next_in(time, minutes, hours)
    raise UnknownExpression(expression)


def payload_at(payload: str, time: datetime) -> str:
    """The schedule's input with its context attribute filled in: `2026-11-22T14:05:00Z`."""
    return payload.replace(SCHEDULED_TIME, f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}")


@dataclass
class Timetable:
    """When one schedule fires. Missed ticks are not made up for: only the latest is due."""

    next_after: Next
    due_at: datetime

    def take(self, now: datetime) -> datetime | None:
        """The scheduled time that is due now, or None; each is returned once."""
        if now < self.due_at:
            return None
        taken, following = self.due_at, self.next_after(self.due_at)
        while following <= now:
            taken, following = following, self.next_after(following)
        self.due_at = following
        return taken


def _field(text: str, size: int) -> frozenset[int]:
    match = _FIELD.fullmatch(text)
    if not match or (match[2] and not int(match[2])):
        return frozenset()
    first = int(match[1] or 0)
    if match[1] and not match[2]:
        return frozenset({first} & set(range(size)))
    return frozenset(range(first, size, int(match[2] or 1)))


def _next_in(time: datetime, minutes: frozenset[int], hours: frozenset[int]) -> datetime:
    moment = floor_to(time, timedelta(minutes=1)) + timedelta(minutes=1)
    while moment.minute not in minutes or moment.hour not in hours:
        moment += timedelta(minutes=1)
    return moment
