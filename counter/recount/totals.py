"""What a recount changes, in numbers: before and after. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from counter.recount.row import LeftAlone
from counter.rows.occupancy import Row


@dataclass(frozen=True)
class PersonSeconds:
    """Sums of count times interval over the rows that are recounted, and by zone."""

    total: int = 0
    zones: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[Row]) -> "PersonSeconds":
        """The sums of counted rows."""
        total, zones = 0, Counter[str]()
        for row in rows:
            total += (row.count or 0) * row.sample_every
            for name, count in row.zones.items():
                zones[name] += count * row.sample_every
        return cls(total, zones)

    def __add__(self, other: "PersonSeconds") -> "PersonSeconds":
        names = [*self.zones, *(name for name in other.zones if name not in self.zones)]
        zones = {name: self.zones.get(name, 0) + other.zones.get(name, 0) for name in names}
        return PersonSeconds(self.total + other.total, zones)


@dataclass(frozen=True)
class Untouched:
    """What is left alone for one reason: how much, and the instants of the first and the last.

    They are rows; for LeftAlone.NO_ROWS they are quarter hours, and the instants are their starts.
    """

    number: int
    first: datetime
    last: datetime

    def __add__(self, other: "Untouched") -> "Untouched":
        return Untouched(self.number + other.number, min(self.first, other.first), max(self.last, other.last))


@dataclass(frozen=True)
class RecountTotals:
    """The sums of a recount, or of what it would do.

    `rows` are all rows, `changed` those that get another rule, number, zone or cell, `counts` those that get
    another number of people; `roll_ups` are the quarter hours whose roll-up is stored again. `seconds` is the
    time of the recounted rows, changed or not, and `before` and `after` are their people.
    """

    rows: int = 0
    changed: int = 0
    counts: int = 0
    roll_ups: int = 0
    seconds: int = 0
    before: PersonSeconds = PersonSeconds()
    after: PersonSeconds = PersonSeconds()
    left_alone: Mapping[LeftAlone, Untouched] = field(default_factory=dict)

    def __add__(self, other: "RecountTotals") -> "RecountTotals":
        left = dict(self.left_alone)
        for reason, rows in other.left_alone.items():
            left[reason] = left[reason] + rows if reason in left else rows
        return RecountTotals(
            self.rows + other.rows,
            self.changed + other.changed,
            self.counts + other.counts,
            self.roll_ups + other.roll_ups,
            self.seconds + other.seconds,
            self.before + other.before,
            self.after + other.after,
            left,
        )


def untouched(rows: Iterable[tuple[LeftAlone, Row]]) -> dict[LeftAlone, Untouched]:
    """Rows that are left alone, by reason."""
    found: dict[LeftAlone, Untouched] = {}
    for reason, row in rows:
        added = Untouched(1, row.instant, row.instant)
        found[reason] = found[reason] + added if reason in found else added
    return found
