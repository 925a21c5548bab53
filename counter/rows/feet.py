"""Where people stand, as cells of a grid over the picture. Pure."""

from collections.abc import Iterable
from math import floor

from counter.rows.occupancy import Box, Person
from counter.rows.zones import foot

COLUMNS, ROWS = 64, 36
"""The cells of the grid: 30 x 30 pixels each in a picture of 1080p."""

LOWER_EDGE = 0.99
"""A box that ends here or below touches the lower edge of the picture: the feet may be outside.

The box of a person whom the edge cuts off may end a few pixels before it: 1 % is 11 of 1080.
"""


def cells(people: Iterable[Person]) -> tuple[int, ...]:
    """The cells in which people stand, in order, one for each person whose feet are in the picture.

    The number of a cell is its row from above, times COLUMNS, plus its column from the left; both begin at 0.
    People whose box touches the lower edge have no cell: where they stand cannot be seen.
    """
    return tuple(sorted(_cell(person.box) for person in people if not touches_lower_edge(person.box)))


def touches_lower_edge(box: Box) -> bool:
    """Whether the edge of the picture may hide where the person stands."""
    return box.top + box.height >= LOWER_EDGE


def _cell(box: Box) -> int:
    x, y = foot(box)
    return floor(y * ROWS) * COLUMNS + floor(x * COLUMNS)
