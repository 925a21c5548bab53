"""Fixtures that run commands against moto in this process, with a fake clock."""

from collections.abc import Callable, Iterator

import boto3
import pytest
from click.testing import CliRunner, Result
from moto import mock_aws

from counter.stores.marks import MarkTable
from counter.stores.table import StoreTable
from infra.cli.aws.deployment import Clock
from infra.cli.aws.stack import find_stack, find_stack_resources
from infra.cli.main import occupancy
from ingest.registry.table import CameraRegistry
from ingest.times import from_text
from tests.infra.cli.stack_stub import deploy

NOW = from_text("2026-11-22T13:05:10Z")
"""A Sunday, 14:05:10 in Berlin."""

Run = Callable[..., Result]


class FakeClock:
    """The current time of a command, and its sleeps in seconds."""

    def __init__(self) -> None:
        self.now = NOW
        self.slept: list[float] = []


@pytest.fixture
def fake_clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def run(fake_clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command as an operator does: `run("camera", "list").stdout`."""
    monkeypatch.setenv("COLUMNS", "100")
    for name in ("AWS_REGION", "OCCUPANCY_STACK"):
        monkeypatch.delenv(name, raising=False)

    def command(*arguments: str, answer: str | None = None) -> Result:
        clock = Clock(lambda: fake_clock.now, fake_clock.slept.append)
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


@pytest.fixture
def stores(registry: CameraRegistry) -> StoreTable:
    return StoreTable(boto3.client("dynamodb"), _store_table())


@pytest.fixture
def marks(registry: CameraRegistry) -> MarkTable:
    return MarkTable(boto3.client("dynamodb"), _store_table())


def _store_table() -> str:
    return find_stack(boto3.client("cloudformation"), "store-occupancy").output("StoreTableName")


def refused(result: Result, sentence: str) -> None:
    """Assert that the command exited with 1 and wrote only this sentence."""
    assert (result.stdout, result.stderr, result.exit_code) == ("", f"Error: {sentence}\n", 1)
