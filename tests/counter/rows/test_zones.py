import pytest

from counter.rows.occupancy import Box, Person
from counter.rows.rule import Rule
from counter.rows.zones import count_by_zone, customers, foot
from ingest.registry.polygons import Point, contains

WHOLE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        (Box(left=0.2, top=0.1, width=0.2, height=0.4), (0.3, 0.5)),
        (Box(left=-0.2, top=0.5, width=0.2, height=0.5), (0.0, 1.0)),
        (Box(left=0.95, top=0.5, width=0.2, height=0.7), (1.0, 1.0)),
    ],
    ids=["inside", "cut on the left and below", "cut on the right and below"],
)
def test_foot(box: Box, expected: Point) -> None:
    assert foot(box) == pytest.approx(expected)
    assert contains(WHOLE, foot(box))


def person(confidence: float, x: float, y: float = 0.5) -> Person:
    return Person(confidence, Box(left=x - 0.05, top=y - 0.3, width=0.1, height=0.3))


def test_who_counts_and_where() -> None:
    half = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
    shop = Rule(
        min_confidence=90.0,
        zones={"left": half, "all": WHOLE, "empty": ((0.8, 0.0), (0.9, 0.0), (0.9, 0.1))},
        ignore={"poster": ((0.3, 0.3), (0.4, 0.3), (0.4, 0.7), (0.3, 0.7))},
    )
    people = [person(99, 0.1), person(90, 0.7), person(89.99, 0.1), person(99, 0.35), person(99, 0.6, 0.9)]
    found = customers(shop, people)
    assert found == [people[0], people[1], people[4]]
    assert count_by_zone(shop, found) == {"left": 1, "all": 3, "empty": 0}
