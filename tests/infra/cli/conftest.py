"""The command line against moto in this process, at a time that stands still."""

from collections.abc import Callable, Iterator

import boto3
import pytest
from click.testing import CliRunner, Result
from moto import mock_aws

from infra.cli.aws.deployment import Clock
from infra.cli.aws.stack import find_stack_resources
from infra.cli.main import occupancy
from ingest.registry.table import CameraRegistry
from ingest.times import from_text
from tests.infra.cli.stack_stub import deploy

NOW = from_text("2026-11-22T13:05:10Z")
"""A Sunday, 14:05:10 in Berlin."""

Run = Callable[..., Result]


class Hands:
    """The time of a command, and how long it slept."""

    def __init__(self) -> None:
        self.now = NOW
        self.slept: list[float] = []


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def run(hands: Hands, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command as the operator does: `run("camera", "list").stdout`."""
    monkeypatch.setenv("COLUMNS", "100")
    for name in ("AWS_REGION", "OCCUPANCY_STACK"):
        monkeypatch.delenv(name, raising=False)

    def command(*arguments: str, answer: str | None = None) -> Result:
        clock = Clock(lambda: hands.now, hands.slept.append)
        result = CliRunner().invoke(occupancy, arguments, obj=clock, input=answer)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return command


@pytest.fixture
def stack() -> Iterator[None]:
    """A deployed stack, without cameras."""
    with mock_aws():
        deploy()
        yield


@pytest.fixture
def registry(stack: None) -> CameraRegistry:
    found = find_stack_resources(boto3.client("cloudformation"), "store-occupancy")
    return CameraRegistry(boto3.client("dynamodb"), found.camera_table)


def refused(result: Result, sentence: str) -> None:
    """The command ended with 1, and that sentence is all that it wrote."""
    assert (result.stdout, result.stderr, result.exit_code) == ("", f"Error: {sentence}\n", 1)
