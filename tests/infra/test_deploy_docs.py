"""docs/deploy.md and docs/remove.md agree with the template and the command line."""

import re
import shlex

import pytest

from tests.infra.documented import assert_understood
from tests.infra.rendered import ROOT, resources, transformed

PAGES = {name: (ROOT / "docs" / name).read_text() for name in ("deploy.md", "remove.md")}
COMMANDS = [
    (name, line.strip())
    for name, text in PAGES.items()
    for line in text.splitlines()
    if line.startswith("    .venv/bin/occupancy ")
]


def test_every_parameter_is_in_the_table_with_its_default() -> None:
    table = dict(re.findall(r"^\| `(\w+)` \| (\S+) \|", PAGES["deploy.md"], re.MULTILINE))
    defaults = {name: str(it["Default"]) or "none" for name, it in transformed()["Parameters"].items()}
    assert {name: default for name, default in table.items() if name in defaults} == defaults


def test_every_alarm_is_in_the_table() -> None:
    alarms = [name for name, it in resources().items() if it["Type"] == "AWS::CloudWatch::Alarm"]
    rows = re.findall(r"^\| `(\.*\w+)` \|", PAGES["deploy.md"], re.MULTILINE)
    for alarm in alarms:
        kind = alarm.removesuffix("Alarm")
        assert kind in rows or f"...{re.sub('^.*?(?=Errors|Throttles|Dropped)', '', kind)}" in rows


def test_every_resource_that_stays_is_named() -> None:
    staying = [name for name, it in resources().items() if it.get("DeletionPolicy") == "Retain"]
    assert staying
    for name in staying:
        assert f"`{name}`" in PAGES["remove.md"]


@pytest.mark.parametrize(
    ("page", "name"),
    [(page, name) for page, text in PAGES.items() for name in re.findall(r"output\s+`(\w+)`", text)],
)
def test_outputs_that_are_spoken_of_exist(page: str, name: str) -> None:
    assert name in transformed()["Outputs"]


@pytest.mark.parametrize(("page", "line"), COMMANDS)
def test_commands_are_understood(page: str, line: str) -> None:
    assert_understood(shlex.split(line)[1:])
