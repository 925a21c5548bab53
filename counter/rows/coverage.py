"""Coverage: how many instants of closed quarter hours have a count, and how many are gaps. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from counter.rows.occupancy import QuarterHour
from ingest.frames.messages import GapReason


@dataclass(frozen=True)
class Coverage:
    """The instants of some quarter hours, from their roll-ups, whoever wrote the rows.

    `not_pulled` are the gaps that the pull never handled; `other_gaps` have any other reason.
    """

    counted: int = 0
    not_pulled: int = 0
    other_gaps: int = 0

    @classmethod
    def of(cls, quarters: Iterable[QuarterHour]) -> "Coverage":
        """The coverage of quarter hours."""
        return sum((_of_quarter(quarter) for quarter in quarters), cls())

    @property
    def due(self) -> int:
        """All instants: once a quarter hour is closed, each of its due instants has a row."""
        return self.counted + self.not_pulled + self.other_gaps

    def __add__(self, other: "Coverage") -> "Coverage":
        return Coverage(
            self.counted + other.counted,
            self.not_pulled + other.not_pulled,
            self.other_gaps + other.other_gaps,
        )


def _of_quarter(quarter: QuarterHour) -> Coverage:
    not_pulled = quarter.gaps.get(GapReason.NOT_PULLED, 0)
    return Coverage(quarter.counted, not_pulled, sum(quarter.gaps.values()) - not_pulled)
