"""docs/costs.md agrees with the command."""

import re
import shlex
from pathlib import Path

from infra.cli.cost.estimate import CSV_COLUMNS
from tests.infra.documented import assert_understood

PAGE = (Path(__file__).parents[4] / "docs" / "costs.md").read_text(encoding="utf-8")


def test_commands_are_understood() -> None:
    commands = re.findall(r"^    occupancy (cost[^>\n]*)", PAGE, re.MULTILINE)
    assert len(commands) == 5
    for command in commands:
        if "--print-prices" not in command:  # it ends at once
            assert_understood(shlex.split(command))


def test_the_columns_of_the_csv() -> None:
    assert ", ".join(f"`{name}`" for name in CSV_COLUMNS) in PAGE
