"""Which polygons a person stands in. Pure."""

from collections.abc import Iterable

from counter.rows.occupancy import Box, Person
from counter.rows.rule import Rule
from ingest.registry.polygons import Point, contains

_LAST = 1 - 1e-9
"""Just inside the image: the feet of a box that ends on the border or beyond must still be in a zone."""


def foot(box: Box) -> Point:
    """Where a person stands: the middle of the box's lower edge, clamped to the image."""
    return _clamped(box.left + box.width / 2), _clamped(box.top + box.height)


def customers(rule: Rule, people: Iterable[Person]) -> list[Person]:
    """The people to count: at or above the rule's `min_confidence` and in none of its `ignore` polygons."""
    return [
        person
        for person in people
        if person.confidence >= rule.min_confidence
        and not any(contains(polygon, foot(person.box)) for polygon in rule.ignore.values())
    ]


def count_by_zone(rule: Rule, customers: Iterable[Person]) -> dict[str, int]:
    """The number of people in each zone of the rule. Zones may overlap; an empty zone is 0."""
    feet = [foot(person.box) for person in customers]
    return {name: sum(contains(polygon, point) for point in feet) for name, polygon in rule.zones.items()}


def _clamped(fraction: float) -> float:
    return min(max(fraction, 0.0), _LAST)
