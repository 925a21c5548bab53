"""The report of doctor: groups of findings for the terminal, or JSON."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from infra.cli.doctor.checks.findings import Finding, Group, Level

_STYLES = {
    Level.OK: "green",
    Level.NOTE: "cyan",
    Level.WARNING: "yellow",
    Level.WRONG: "bold red",
    Level.UNKNOWN: "magenta",
}


def grid(group: Group) -> Padding:
    """The findings of a group: severity, what was found, what to do."""
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for finding in group.findings:
        table.add_row(Text(finding.level, style=_STYLES[finding.level]), finding.what)
        if finding.do:
            table.add_row("", Text(f"-> {finding.do}", style="dim"))
    return Padding(table, (0, 0, 0, 2))


def summary(groups: Iterable[Group]) -> str:
    """How many findings of each severity there are."""
    levels = Counter(finding.level for group in groups for finding in group.findings)
    numbers = [
        f"{levels[level]} {word}"
        for level, word in (
            (Level.WRONG, "wrong"),
            (Level.UNKNOWN, "could not be checked"),
            (Level.WARNING, "warning" if levels[Level.WARNING] == 1 else "warnings"),
        )
        if levels[level]
    ]
    return f"{', '.join(numbers)}." if numbers else f"All is well: {levels[Level.OK]} checks."


def values(groups: Sequence[Group]) -> list[dict[str, Any]]:
    """The groups for JSON."""
    return [
        {"name": group.name, "findings": [_values(finding) for finding in group.findings]} for group in groups
    ]


def _values(finding: Finding) -> dict[str, str]:
    return {"level": finding.level.value, "what": finding.what, "do": finding.do}
