"""Mode `auto`: which instants GetImages may be asked for, by what is remembered of it. Pure."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from ingest.registry.registered import ImageMemory

FAILURES = 3
"""After this many instants in a row without a picture, GetImages rests."""

REST = timedelta(hours=24)


def rests(memory: ImageMemory, until: datetime) -> bool:
    """Whether GetImages is not asked at `until`, because it failed again and again."""
    return memory.rests_until is not None and until < memory.rests_until


def askable(memory: ImageMemory, instants: Collection[datetime], until: datetime) -> frozenset[datetime]:
    """The instants that GetImages may be asked for: no instant is ever asked for twice."""
    return frozenset() if rests(memory, until) else frozenset(instants).difference(memory.asked)


def with_asked(memory: ImageMemory, instants: Iterable[datetime]) -> ImageMemory:
    """The memory after these instants were asked for."""
    return replace(memory, asked=tuple(sorted({*memory.asked, *instants})))


def with_answer(memory: ImageMemory, error: str | None, until: datetime) -> ImageMemory:
    """The memory after one instant's answer: a picture, or GetImages' error."""
    if rests(memory, until):
        return memory
    failures = 0 if error is None else memory.failures + 1
    if failures < FAILURES:
        return replace(memory, failures=failures, rests_until=None)
    # One less than the limit: after the rest, a single instant decides about the next rest.
    return replace(memory, failures=FAILURES - 1, rests_until=until + REST)


def without_closed(memory: ImageMemory, open_instants: Collection[datetime]) -> ImageMemory:
    """The memory without the instants that the pull will not come to again."""
    return replace(memory, asked=tuple(instant for instant in memory.asked if instant in open_instants))
