"""A table as the terminal shows it."""

import io

from rich.console import Console
from rich.table import Table


def lines(table: Table) -> list[str]:
    out = io.StringIO()
    Console(file=out, width=100).print(table)
    return [line.rstrip() for line in out.getvalue().splitlines()]
