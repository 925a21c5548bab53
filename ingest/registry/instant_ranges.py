"""Sample instants as ranges: three numbers in an item stand for hundreds of instants. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

MAX_COUNT = 200_000
"""Instants in a range: more than a day of the shortest interval. An item with more was edited by hand."""


@dataclass(frozen=True)
class InstantRange:
    """`count` instants that start at `first`, `step` apart. Raises ValueError."""

    first: datetime
    step: timedelta = timedelta()
    count: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.count <= MAX_COUNT or (self.count > 1 and self.step <= timedelta()):
            raise ValueError(f"{self.count} instants with a step of {self.step} are not a range")

    def __iter__(self) -> Iterator[datetime]:
        return (self.first + index * self.step for index in range(self.count))


def ranges_of(instants: Iterable[datetime]) -> list[InstantRange]:
    """As few ranges as possible for the instants: each once, in order."""
    ranges: list[InstantRange] = []
    last: datetime | None = None
    for instant in sorted(set(instants)):
        newest = ranges[-1] if ranges else None
        if newest is None or last is None or not _continues(newest, last, instant):
            ranges.append(InstantRange(instant))
        else:
            ranges[-1] = InstantRange(newest.first, instant - last, newest.count + 1)
        last = instant
    return ranges


def _continues(newest: InstantRange, last: datetime, instant: datetime) -> bool:
    return newest.count < MAX_COUNT and (newest.count == 1 or instant - last == newest.step)
