"""docs/export.md agrees with the code: its commands and its columns."""

import re
import shlex
from pathlib import Path

import pytest

from infra.cli.export.columns import QUARTER_COLUMNS, ROW_COLUMNS, Column
from infra.cli.export.series import SERIES_COLUMNS
from tests.infra.documented import assert_understood

PAGE = (Path(__file__).parents[4] / "docs" / "export.md").read_text(encoding="utf-8")


def test_commands_are_understood() -> None:
    commands = re.findall(r"^    occupancy (export .*)$", PAGE, re.MULTILINE)
    assert len(commands) == 4
    for command in commands:
        assert_understood(shlex.split(command))


@pytest.mark.parametrize(
    ("title", "columns"),
    [("Rows", ROW_COLUMNS), ("Quarter hours", QUARTER_COLUMNS), ("Series", SERIES_COLUMNS)],
)
def test_the_columns_and_their_order(title: str, columns: tuple[Column, ...]) -> None:
    section = PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]
    described = re.findall(r"^\| `(\w+)` \| (\w+) \|", section, re.MULTILINE)
    assert described == [(column.name, column.kind.value) for column in columns]
