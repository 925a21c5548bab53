"""Guarantee 6 on the command line: commands show no text of an AWS error."""

from pathlib import Path

import pytest

from ingest.registry.table import CameraRegistry
from tests.aws_errors import FAILURES, assert_hidden, fail_calls, text_of
from tests.infra.cli.conftest import Run

SERVICES = ("cloudformation", "dynamodb", "kinesisvideo", "sqs", "s3", "sts", "iam", "lambda", "cloudwatch")
ADD = ("camera", "add", "door", "--store", "shop", "--time-zone", "Europe/Berlin", "--stream", "door")
COMMANDS = {
    "camera list": ("camera", "list"),
    "camera add": (*ADD, "--create-stream"),
    "camera show": ("camera", "show", "door"),
    "camera remove": ("camera", "remove", "door", "--yes"),
    "camera view": ("camera", "view", "door", "--png", "door.png"),
    "counts": ("counts", "door"),
    "pull": ("pull", "--camera", "door", "--from", "2026-11-22 12:00", "--to", "2026-11-22 13:00"),
    "dead-letters list": ("dead-letters", "list"),
    "doctor": ("doctor",),
    "gateway check": ("gateway", "check", "--config", "gateway.yaml"),
    "gateway policy": ("gateway", "policy", "--config", "gateway.yaml"),
}
GATEWAY = """\
store: shop
region: us-east-1
registry_table: cameras
frame_bucket: frames
port: 0
cameras:
  door:
    url: "rtsp://${secretsmanager:door}@127.0.0.1:1/"
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gateway.yaml").write_text(GATEWAY + f"spool:\n  directory: {tmp_path / 'spool'}\n")


@pytest.mark.parametrize("failure", ["InvalidSignatureException", "AccessDeniedException", "HTTPClientError"])
@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_whose_calls_fail(
    run: Run,
    registry: CameraRegistry,
    command: str,
    failure: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    failed: list[str] = []
    for services in (SERVICES, ("secretsmanager", *(name for name in SERVICES if name != "cloudformation"))):
        with pytest.MonkeyPatch.context() as patch:
            calls = fail_calls(patch, services, FAILURES[failure])
            try:
                result = run(*COMMANDS[command])
                said = result.output + result.stderr
            except Exception as error:  # noqa: BLE001 - a traceback would be shown
                said = text_of(error)
        assert_hidden(said, caplog.text)
        failed += calls
    assert failed
