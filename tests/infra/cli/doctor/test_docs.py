"""docs/doctor.md agrees with the code: its commands exist, and its policy has the actions of the calls."""

import json
import re
import shlex
from pathlib import Path

from infra.cli.doctor.checks.operator_actions import ACTIONS
from tests.infra.documented import assert_understood

PAGE = (Path(__file__).parents[4] / "docs" / "doctor.md").read_text(encoding="utf-8")


def test_every_command_is_understood() -> None:
    lines = re.findall(r"^    occupancy (.*?)(?: +#.*)?$", PAGE, re.MULTILINE)
    assert len(lines) >= 8
    for line in lines:
        assert_understood(shlex.split(line))


def test_the_policy_has_every_action_and_no_other() -> None:
    block = re.search(r"^    (\{\"Version\".*?\]\}\]\})$", PAGE, re.MULTILINE | re.DOTALL)
    assert block
    (statement,) = json.loads(block[1])["Statement"]
    assert statement["Action"] == sorted(set(ACTIONS.values()))
