"""docs/kvs-local.md lists the faults of the code, and its examples work."""

import json
import re
from pathlib import Path

import pytest

from infra.local.kvs.faults.text import fault_of_json, fault_of_text
from infra.local.kvs.routes import OPERATIONS
from infra.local.kvs.server import KvsServer
from infra.local.kvs.service.fault import SETTINGS, Fault, FaultKind

PAGE = (Path(__file__).parents[5] / "docs" / "kvs-local.md").read_text(encoding="utf-8")
SECTION = PAGE[PAGE.index("## Faults") :]


def test_the_table_has_every_kind_with_its_settings() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \|.*\| (.*) \|$", SECTION, re.MULTILINE)

    assert [kind for kind, _ in rows] == list(FaultKind)
    for kind, settings in rows:
        named = set(re.findall(r"`([a-z_]+)`", settings)) - {"yes"}
        assert named == SETTINGS[FaultKind(kind)].required | SETTINGS[FaultKind(kind)].optional, kind


@pytest.mark.parametrize("text", re.findall(r'--kvs-fault "(.*)"', SECTION))
def test_the_faults_of_the_switch_are_taken(text: str) -> None:
    fault_of_text(text).check_apis(OPERATIONS)


def test_the_fault_of_the_endpoint_is_taken() -> None:
    (body,) = re.findall(r"/faults -d '(.*)'", SECTION)

    assert fault_of_json(json.loads(body)) == Fault(FaultKind.ERROR_ACK, error_id=5000, fragment=3, after=1)


def test_the_lines_of_python_run(kvs: KvsServer, capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", SECTION, re.DOTALL)

    exec(code, {"kvs": kvs})  # noqa: S102 - a page of ours

    assert capsys.readouterr().out.count("Fault(kind=") == 2
    assert kvs.faults.struck == {}
