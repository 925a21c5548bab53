"""Runs doctor on a healthy deployment in the local cloud: one camera with video and closed rows."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from random import Random
from typing import Any

import boto3
import pytest
from click.testing import CliRunner

from infra.cli.aws.deployment import Clock
from infra.cli.doctor.checks.clients import DoctorClients, clients
from infra.cli.doctor.checks.findings import Finding, Level
from infra.cli.main import occupancy
from infra.iam.functions import STREAM_TAG
from infra.local.cloud import LocalCloud
from infra.local.environment import environment
from ingest.registry.camera import Camera, Mode
from ingest.registry.sampling import Sampling
from ingest.times import quarter_start, whole_millis
from tests.chain import Chain, CountsSquares, RandomKiller, chain_cloud, every

EVERY = 60
DOOR_EVERY = 300
"""The interval of the healthy camera: few frames to count before the tests start."""


@dataclass
class World:
    """The local cloud with its chain and the healthy camera `door`."""

    cloud: LocalCloud
    chain: Chain
    start: datetime
    session: boto3.Session = field(default_factory=boto3.Session)
    off: timedelta = timedelta()
    """How far the clock of doctor is ahead."""
    ran: datetime | None = None
    made: dict[str, Any] = field(default_factory=dict)

    def keep_up(self) -> None:
        """Run and close the chain if it has not run for two minutes, so that slow tests find no gaps."""
        if self.ran is None or self.now() - self.ran > timedelta(minutes=2):
            self.ran = self.now()
            self.chain.run(self.ran)
            self.chain.close(self.ran)

    @cached_property
    def clients(self) -> DoctorClients:
        """Doctor's clients, created once."""
        return clients(self.session)

    def client(self, name: str) -> Any:
        """A client of boto3, created once."""
        if name not in self.made:
            self.made[name] = self.session.client(name)  # type: ignore[call-overload]  # the overloads are for one literal each
        return self.made[name]

    def output(self, name: str) -> str:
        """An output of the stack."""
        return self.cloud.stack.outputs[name]

    def now(self) -> datetime:
        """The time of doctor's clock."""
        return whole_millis(datetime.now(UTC)) + self.off

    def add(self, name: str, hours: int = 24, **settings: Any) -> Camera:
        """Register a camera that begins now, and create its stream."""
        sampling = settings.pop("sampling", Sampling(EVERY))
        since = settings.pop("since", self.now())
        mode = settings.pop("mode", Mode.FRAGMENTS)
        camera = Camera(name, "berlin-1", since, mode=mode, sampling=sampling, **settings)
        self.create_stream(name, hours)
        self.cloud.registry.add(camera)
        return camera

    def create_stream(self, name: str, hours: int = 24) -> None:
        """Create a stream with this retention."""
        self.client("kinesisvideo").create_stream(
            StreamName=name,
            MediaType="video/h264",
            DataRetentionInHours=hours,
            Tags={STREAM_TAG: self.cloud.stack.name},
        )

    def remove(self, name: str) -> None:
        """Remove a camera and its stream."""
        self.cloud.registry.remove(name)
        self.delete_stream(name)

    def delete_stream(self, name: str) -> None:
        """Delete a stream."""
        kinesisvideo = self.client("kinesisvideo")
        arn = kinesisvideo.describe_stream(StreamName=name)["StreamInfo"]["StreamARN"]
        kinesisvideo.delete_stream(StreamARN=arn)

    def live(self, name: str, step: float = 2, ahead: timedelta = timedelta()) -> None:
        """Publish video of the last seconds."""
        end = self.now() + ahead
        self.chain.publish(name, every(step, end - timedelta(seconds=12 * step), end))


@pytest.fixture(scope="module")
def module_world() -> Iterator[World]:
    """Not of the whole folder: tests with `mock_aws` run in between, and it empties moto for all."""
    with chain_cloud(CountsSquares()) as cloud:
        random = Random(1)
        chain = Chain(cloud, random, RandomKiller(random))
        now = whole_millis(datetime.now(UTC))
        world = World(cloud, chain, quarter_start(now - timedelta(minutes=45)))
        topic = world.output("AlarmTopicArn")
        world.client("sns").subscribe(TopicArn=topic, Protocol="email", Endpoint="a@example.com")
        world.add("door", since=world.start, sampling=Sampling(DOOR_EVERY))
        chain.publish("door", every(5, world.start, now))
        yield world


@pytest.fixture
def world(module_world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Healthy at the beginning of each test: new video has arrived. The test's clients find its cloud."""
    monkeypatch.setattr("infra.cli.dead_letters.queue.WAIT_SECONDS", 0)  # moto has one server
    with environment(module_world.cloud.environment):
        module_world.live("door")
        module_world.keep_up()
        yield module_world


Doctor = Callable[..., "Report"]


@dataclass(frozen=True)
class Report:
    """The findings of a run of doctor."""

    exit_code: int
    findings: list[Finding]

    @property
    def bad(self) -> list[str]:
        """All findings that are not ok, as `level: what`."""
        return [
            f"{finding.level}: {finding.what}" for finding in self.findings if finding.level is not Level.OK
        ]


@pytest.fixture
def doctor(world: World, monkeypatch: pytest.MonkeyPatch) -> Doctor:
    """Runs doctor as an operator does, with clients that all runs share."""
    monkeypatch.setattr("infra.cli.doctor.command.clients", lambda session: world.clients)

    def run(*arguments: str) -> Report:
        result = CliRunner().invoke(
            occupancy, ["doctor", "--json", *arguments], obj=Clock(world.now), catch_exceptions=False
        )
        groups = json.loads(result.stdout)["groups"]
        found = [
            Finding(Level(finding["level"]), finding["what"], finding["do"])
            for group in groups
            for finding in group["findings"]
        ]
        return Report(result.exit_code, found)

    return run
