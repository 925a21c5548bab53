"""Camera -> KVS: what a spool holds, and the names of its files. Pure.

A file's name has the place in the order, the span and the checksum. The span uses the clock of the run,
like the times in the data; `clock_corrections` tells how wrong that clock was. Earlier gateways corrected the
names themselves: there the last number tells how much later the span is than the times in the data.
"""

import re
from dataclasses import dataclass, replace

_NAME = re.compile(r"(\d{12})_(\d{1,15})_(\d{1,15})_([0-9a-f]{8})(?:_(-?\d{1,15}))?")


@dataclass(frozen=True)
class SpoolEntry:
    """A fragment or frame that waits. `first_ms` and `last_ms` are its span, in ms since the epoch.

    `shift_ms` is how much later the span is than the times in the data itself.
    """

    number: int
    first_ms: int
    last_ms: int
    checksum: int
    size: int
    shift_ms: int = 0
    name: str = ""
    """The name of its file."""

    def later(self, by_ms: int) -> "SpoolEntry":
        """The same entry with its span moved by `by_ms`."""
        if not by_ms:
            return self
        first_ms, last_ms = self.first_ms + by_ms, self.last_ms + by_ms
        return replace(self, first_ms=first_ms, last_ms=last_ms, shift_ms=self.shift_ms + by_ms)


def named(number: int, span: tuple[int, int], checksum: int, size: int) -> SpoolEntry:
    """A new entry with the name of its file."""
    first_ms, last_ms = span
    name = f"{number:012d}_{first_ms}_{last_ms}_{checksum:08x}"
    return SpoolEntry(number, first_ms, last_ms, checksum, size, name=name)


def parsed(name: str, size: int) -> SpoolEntry | None:
    """The entry in a file of this name; None if the name is not that of an entry."""
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    number, first_ms, last_ms, checksum, shift_ms = match.groups(default="0")
    return SpoolEntry(int(number), int(first_ms), int(last_ms), int(checksum, 16), size, int(shift_ms), name)


@dataclass(frozen=True)
class Dropped:
    """What was dropped for one reason, and its span."""

    reason: str
    count: int
    first_ms: int
    last_ms: int

    def __add__(self, other: "Dropped") -> "Dropped":
        """Both together."""
        return replace(
            self,
            count=self.count + other.count,
            first_ms=min(self.first_ms, other.first_ms),
            last_ms=max(self.last_ms, other.last_ms),
        )
