"""Camera -> KVS: corrects the times of entries that were put while the clock was wrong. Pure.

A box in a shop may start with a wrong clock. Within a run, the clock that stamps entries never steps. Its
error, once known, becomes a correction of all entries from some number on, kept as the name of an empty file.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

_NAME = re.compile(r"clock_(\d{12})_(-?\d{1,15})")


@dataclass(frozen=True, order=True)
class ClockCorrection:
    """Entries from `from_number` on, to the next correction, are later by `by_ms` than their names say."""

    from_number: int
    by_ms: int

    @property
    def name(self) -> str:
        """The name of its file."""
        return f"clock_{self.from_number:012d}_{self.by_ms}"


@dataclass(frozen=True)
class ClockCorrections:
    """A spool's corrections, by rising number."""

    corrections: tuple[ClockCorrection, ...] = ()

    @classmethod
    def parsed(cls, names: Iterable[str]) -> "ClockCorrections":
        """The corrections in files with these names; other names are ignored."""
        matches = filter(None, map(_NAME.fullmatch, names))
        found = (ClockCorrection(int(number), int(by_ms)) for number, by_ms in (m.groups() for m in matches))
        return cls(tuple(sorted(found)))

    @property
    def names(self) -> frozenset[str]:
        """The names of their files."""
        return frozenset(correction.name for correction in self.corrections)

    @property
    def latest_ms(self) -> int:
        """The correction of the entry that is put next."""
        return self.corrections[-1].by_ms if self.corrections else 0

    def of(self, number: int) -> int:
        """The correction of the entry with this number, in ms."""
        found = (
            correction.by_ms for correction in reversed(self.corrections) if correction.from_number <= number
        )
        return next(found, 0)

    def corrected(self, from_number: int, by_ms: int) -> "ClockCorrections":
        """These, with a correction by `by_ms` from `from_number` on, which replaces earlier ones there."""
        before = tuple(earlier for earlier in self.corrections if earlier.from_number < from_number)
        is_same = by_ms == (before[-1].by_ms if before else 0)
        return ClockCorrections(before if is_same else (*before, ClockCorrection(from_number, by_ms)))

    def for_new_run(self, waiting: Iterable[int], next_number: int) -> "ClockCorrections":
        """Only those that the entries numbered `waiting` need; a new run starts without correction."""
        numbers = tuple(waiting)
        ends = [following.from_number for following in self.corrections[1:]]
        needed = tuple(
            correction
            for correction, end in zip(self.corrections, [*ends, next_number], strict=False)
            if any(correction.from_number <= number < end for number in numbers)
        )
        return ClockCorrections(needed).corrected(next_number, 0)
