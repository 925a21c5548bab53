"""Mode `auto`: which instants GetImages may be called for, judging by its past answers. Pure."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from ingest.registry.registered import ImageMemory

FAILURES = 3
"""After this many consecutive instants without a picture, GetImages is not called for a while."""

REST = timedelta(hours=24)


def rests(memory: ImageMemory, until: datetime) -> bool:
    """Whether GetImages is not called at `until`, because it failed repeatedly."""
    return memory.rests_until is not None and until < memory.rests_until


def askable(memory: ImageMemory, instants: Collection[datetime], until: datetime) -> frozenset[datetime]:
    """The instants that GetImages may be called for: no instant is ever requested twice."""
    return frozenset() if rests(memory, until) else frozenset(instants).difference(memory.asked)


def with_asked(memory: ImageMemory, instants: Iterable[datetime]) -> ImageMemory:
    """The memory after these instants were requested."""
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
    """The memory without the instants that no later pull will reach."""
    return replace(memory, asked=tuple(instant for instant in memory.asked if instant in open_instants))
