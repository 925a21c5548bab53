"""docs/recount.md agrees with the code: its commands, its table, the time that a killed recount takes."""

import re
import shlex
from pathlib import Path

from counter.recount.entry import LEASE
from infra.cli.recount.output import COLUMNS
from tests.infra.documented import assert_understood

PAGE = (Path(__file__).parents[4] / "docs" / "recount.md").read_text(encoding="utf-8")


def test_commands_are_understood() -> None:
    commands = re.findall(r"^    occupancy (recount .*)$", PAGE, re.MULTILINE)
    assert len(commands) == 2
    for command in commands:
        assert_understood(shlex.split(command))


def test_the_columns_of_the_table() -> None:
    header = next(line for line in PAGE.splitlines() if line.startswith("    camera "))
    assert tuple(re.split(r" {2,}", header.strip())) == COLUMNS


def test_how_long_a_killed_one_is_waited_for() -> None:
    assert f"{LEASE.total_seconds():g} seconds" in PAGE
