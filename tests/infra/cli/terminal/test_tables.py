from io import StringIO

import pytest
from rich.console import Console

from infra.cli.terminal.tables import fitting_columns, new_grid, new_table

WIDTHS = {"camera": 6, "store": 5, "state": 4}


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (19, ["camera", "store", "state"]),
        (18, ["camera", "state"]),
        (12, ["camera", "state"]),
        (11, ["camera"]),
        (1, ["camera"]),
    ],
)
def test_columns_are_left_out_in_their_order_until_the_rest_fits(width: int, shown: list[str]) -> None:
    assert fitting_columns(WIDTHS, ("store", "state"), width) == shown


def test_a_column_that_is_not_there_is_not_left_out() -> None:
    assert fitting_columns(WIDTHS, ("area", "store"), 12) == ["camera", "state"]


def test_a_grid_and_a_table() -> None:
    table = new_table()
    for name in ("camera", "store"):
        table.add_column(name)
    table.add_row("door", "berlin-1")
    text = StringIO()
    console = Console(file=text, width=40)
    console.print(new_grid([("camera", "door"), ("area", "-")]))
    console.print(table)
    assert [line.rstrip() for line in text.getvalue().splitlines()] == [
        "camera  door",
        "area    -",
        "camera  store",
        "────────────────",
        "door    berlin-1",
    ]
