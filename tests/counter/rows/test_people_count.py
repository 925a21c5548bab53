from counter.rows.occupancy import Box, Person
from counter.rows.people_count import PeopleCount, count_people
from counter.rows.rule import Rule

LEFT = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
RIGHT = ((0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0))


def standing(confidence: float, x: float, y: float) -> Person:
    return Person(confidence, Box(left=x - 0.05, top=y - 0.25, width=0.1, height=0.25))


def test_who_is_counted_where_they_stand_and_by_which_rule() -> None:
    """Five people: one below 90, one in the ignored corner; of the three counted, the edge cuts one off."""
    corner = ((0.9, 0.0), (1.0, 0.0), (1.0, 0.5), (0.9, 0.5))
    rule = Rule(90.0, {"left": LEFT, "right": RIGHT}, {"corner": corner})
    people = [
        standing(99, 0.25, 0.5),  # row 18, column 16
        standing(90, 0.75, 1.0),
        standing(89.9, 0.25, 0.5),
        standing(99, 0.95, 0.4),
        standing(95, 0.75, 0.75),  # row 27, column 48
    ]
    assert count_people(rule, people) == PeopleCount(
        count=3, zones={"left": 1, "right": 2}, feet=(18 * 64 + 16, 27 * 64 + 48), rule=rule.digest
    )


def test_nobody() -> None:
    rule = Rule(95.0, {"left": LEFT})
    assert count_people(rule, []) == PeopleCount(0, {"left": 0}, (), rule.digest)
