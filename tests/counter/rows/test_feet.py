import pytest

from counter.rows.feet import COLUMNS, ROWS, cells, touches_lower_edge
from counter.rows.occupancy import Box, Person


def standing(x: float, y: float) -> Person:
    """A person whose box ends at (x, y)."""
    return Person(99.0, Box(left=x - 0.05, top=y - 0.3, width=0.1, height=0.3))


@pytest.mark.parametrize(
    ("x", "y", "cell"),
    [
        (0.5 / 64, 0.5 / 36, 0),
        (1.5 / 64, 0.5 / 36, 1),
        (63.5 / 64, 0.5 / 36, 63),
        (0.5 / 64, 1.5 / 36, 64),
        (0.5, 0.5, 18 * 64 + 32),
        (63.5 / 64, 35.5 / 36, 64 * 36 - 1),
        (-0.01, 0.5 / 36, 0),
        (1.01, 0.5 / 36, 63),
    ],
    ids=["first", "second", "end of a row", "second row", "middle", "last", "cut left", "cut right"],
)
def test_the_cell_of_a_foot(x: float, y: float, cell: int) -> None:
    assert (COLUMNS, ROWS) == (64, 36)
    assert cells([standing(x, y)]) == (cell,)


def test_one_cell_for_each_person_in_order() -> None:
    assert cells([standing(0.5, 0.5), standing(0.02, 0.02), standing(0.5, 0.5)]) == (1, 1184, 1184)


@pytest.mark.parametrize(("lower", "touches"), [(0.98, False), (0.995, True), (1.0, True), (1.02, True)])
def test_feet_that_the_lower_edge_may_hide_have_no_cell(lower: float, touches: bool) -> None:
    person = standing(0.5, lower)
    assert touches_lower_edge(person.box) is touches
    assert len(cells([person])) == (0 if touches else 1)
