"""Camera -> KVS: what waits in a spool, as its file's name has it."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

_NAME = re.compile(r"(\d{12})_(\d{1,15})_(\d{1,15})_([0-9a-f]{8})(?:_(-?\d{1,15}))?")


@dataclass(frozen=True)
class SpoolEntry:
    """One that waits. `first_ms` and `last_ms` are its span, in ms since the epoch.

    `shift_ms` is how much later that is than what is written in the data itself.
    """

    number: int
    first_ms: int
    last_ms: int
    checksum: int
    size: int
    shift_ms: int = 0

    @property
    def name(self) -> str:
        """Its file's name."""
        shift = f"_{self.shift_ms}" if self.shift_ms else ""
        return f"{self.number:012d}_{self.first_ms}_{self.last_ms}_{self.checksum:08x}{shift}"


@dataclass(frozen=True)
class Dropped:
    """What was given up for one reason, and from when to when it was."""

    reason: str
    count: int
    first_ms: int
    last_ms: int

    def __add__(self, other: "Dropped") -> "Dropped":
        """Both."""
        return replace(
            self,
            count=self.count + other.count,
            first_ms=min(self.first_ms, other.first_ms),
            last_ms=max(self.last_ms, other.last_ms),
        )


def found(directory: Path) -> Iterator[SpoolEntry]:
    """What waits in a spool's folder, in no order. Raises OSError."""
    with os.scandir(directory) as entries:
        for entry in entries:
            if match := _NAME.fullmatch(entry.name):
                number, first_ms, last_ms, checksum, shift_ms = match.groups(default="0")
                span, size = (int(first_ms), int(last_ms)), entry.stat().st_size
                yield SpoolEntry(int(number), *span, int(checksum, 16), size, int(shift_ms))
