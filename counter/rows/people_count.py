"""What a rule makes of the people on a frame: the same for a new row and for a recount. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from counter.rows.feet import cells
from counter.rows.occupancy import Person
from counter.rows.rule import Rule
from counter.rows.zones import count_by_zone, customers


@dataclass(frozen=True)
class PeopleCount:
    """What depends on the rule in a counted row: `feet` are cells of the grid, `rule` is a digest."""

    count: int
    zones: Mapping[str, int]
    feet: tuple[int, ...]
    rule: str


def count_people(rule: Rule, people: Iterable[Person]) -> PeopleCount:
    """Count people by a rule."""
    found = customers(rule, people)
    return PeopleCount(len(found), count_by_zone(rule, found), cells(found), rule.digest)
