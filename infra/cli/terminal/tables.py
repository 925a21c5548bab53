"""Tables and grids of the commands, in one style, and which columns fit the terminal."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

_GAP = 2
"""Spaces between two columns."""


def new_table() -> Table:
    """A table with a header line and no frame."""
    return Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, collapse_padding=True, header_style="bold")


def new_grid(rows: Iterable[tuple[str, Any]]) -> Table:
    """Names in bold, and what each one is, without a header."""
    grid = Table.grid(padding=(0, _GAP))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in rows:
        grid.add_row(name, value)
    return grid


def fitting_columns(widths: Mapping[str, int], dropped: Sequence[str], width: int) -> list[str]:
    """The columns that fit side by side into `width` characters.

    `widths` has the width of each column; columns are left out in the order of `dropped` until the rest fits.
    """
    kept = dict(widths)
    for name in dropped:
        if sum(kept.values()) + _GAP * (len(kept) - 1) <= width:
            break
        kept.pop(name, None)
    return list(kept)
