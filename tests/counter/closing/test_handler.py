"""The closing as Lambda calls it: environment and event in, answer, logs and metrics out."""

import subprocess
import sys
from typing import Any

import pytest

from counter.closing.handler import NoTime, start
from ingest.aws.failures import AwsFailed
from tests.counter.invocation import CLOSING_ENVIRON, Context, closing_function, metrics
from tests.counter.world import World, at, camera


def test_a_run(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.add(camera("till-1", since=at(0)), camera("till-2", since=at(0)))
    answer = closing_function()({"time": "2026-11-22T12:30:00Z"}, Context())
    assert answer == {
        "Due": 6, "NotPulled": 6, "OtherGaps": 0, "InstantsOverdue": 0, "Cameras": 2, "InvalidCameras": 0,
        "Failed": 0, "LeftoversDeleted": 0, "HistoryDays": 0,
    }  # fmt: skip
    assert len(world.rows()) == 6
    [whole] = metrics(capsys.readouterr().out)
    assert (whole["InstantsOverdue"], whole["Gaps"], whole["service"]) == ([0.0], 6, "closing")
    assert (whole["Due"], whole["NotPulled"], whole["OtherGaps"]) == ([6.0], [6.0], [0.0])
    assert whole["Gaps_not_pulled"] == 6


def test_a_run_with_nothing_to_close_reports_zeros_in_one_record(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    closing_function()({"time": "2026-11-22T12:30:00Z"}, Context())
    (record,) = metrics(capsys.readouterr().out)
    names = {"Due", "NotPulled", "OtherGaps", "InstantsOverdue", "Cameras", "InvalidCameras"}
    assert [record.get(name) for name in names] == [[0.0]] * len(names)


@pytest.mark.parametrize("broken", [{}, {"time": None}, {"time": "<aws.scheduler.scheduled-time>"}])
def test_an_event_without_a_time(world: World, broken: dict[str, Any]) -> None:
    with pytest.raises(NoTime, match="expected 2026-11-22T14:30:00Z"):
        closing_function()(broken, Context())


def test_a_missing_table_fails_the_invocation_in_one_sentence(world: World) -> None:
    broken = start(CLOSING_ENVIRON | {"CAMERA_TABLE": "nowhere"})
    with pytest.raises(AwsFailed, match=r"^\w+: ResourceNotFoundException: this invocation ends here"):
        broken({"time": "2026-11-22T12:30:00Z"}, Context())


def test_the_import_needs_no_environment() -> None:
    subprocess.run(
        [sys.executable, "-W", "error", "-c", "import counter.closing.handler"], check=True, env={}
    )
