"""A healthy deployment in the local cloud: one camera, its video, its rows, closed; and doctor run on it."""

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
from infra.local.cloud import LocalCloud
from ingest.registry.camera import Camera, Mode
from ingest.registry.sampling import Sampling
from ingest.times import quarter_start, whole_millis
from tests.chain import Chain, CountsSquares, RandomKiller, every

EVERY = 60
DOOR_EVERY = 300
"""The interval of the healthy camera: few frames have to be counted before the tests start."""


@pytest.fixture
def aws_environment() -> None:
    """The local cloud brings its own."""


@dataclass
class World:
    """The local cloud, the chain in it, and the camera `door` that is well."""

    cloud: LocalCloud
    chain: Chain
    start: datetime
    session: boto3.Session = field(default_factory=boto3.Session)
    off: timedelta = timedelta()
    """How far doctor's clock is ahead."""
    ran: datetime | None = None
    made: dict[str, Any] = field(default_factory=dict)

    def keep_up(self) -> None:
        """Let the chain run, and close, if it has not for two minutes: these tests may take their time."""
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
        """The time by doctor's clock."""
        return whole_millis(datetime.now(UTC)) + self.off

    def add(self, name: str, hours: int = 24, **settings: Any) -> Camera:
        """A camera and its stream, registered as one that begins now."""
        sampling = settings.pop("sampling", Sampling(EVERY))
        since = settings.pop("since", self.now())
        mode = settings.pop("mode", Mode.FRAGMENTS)
        camera = Camera(name, "berlin-1", since, mode=mode, sampling=sampling, **settings)
        self.create_stream(name, hours)
        self.cloud.registry.add(camera)
        return camera

    def create_stream(self, name: str, hours: int = 24) -> None:
        """A stream of that retention."""
        self.client("kinesisvideo").create_stream(
            StreamName=name, MediaType="video/h264", DataRetentionInHours=hours
        )

    def remove(self, name: str) -> None:
        """Take a camera and its stream away again."""
        self.cloud.registry.remove(name)
        self.delete_stream(name)

    def delete_stream(self, name: str) -> None:
        """Take a stream away."""
        kinesisvideo = self.client("kinesisvideo")
        arn = kinesisvideo.describe_stream(StreamName=name)["StreamInfo"]["StreamARN"]
        kinesisvideo.delete_stream(StreamARN=arn)

    def live(self, name: str, step: float = 2, ahead: timedelta = timedelta()) -> None:
        """Video of the last seconds."""
        end = self.now() + ahead
        self.chain.publish(name, every(step, end - timedelta(seconds=12 * step), end))


@pytest.fixture(scope="package")
def standing() -> Iterator[World]:
    with LocalCloud(CountsSquares(), parameters={"DetectLabelsPerSecond": "1000"}) as cloud:
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
def world(standing: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """Well at the beginning of each test: video keeps coming."""
    monkeypatch.setattr("infra.cli.dead_letters.queue.WAIT_SECONDS", 0)  # moto has one server
    standing.live("door")
    standing.keep_up()
    return standing


Doctor = Callable[..., "Report"]


@dataclass(frozen=True)
class Report:
    """What a run of doctor found."""

    exit_code: int
    findings: list[Finding]

    @property
    def bad(self) -> list[str]:
        """All that is not well, as `level: what`."""
        return [f"{one.level}: {one.what}" for one in self.findings if one.level is not Level.OK]


@pytest.fixture
def doctor(world: World, monkeypatch: pytest.MonkeyPatch) -> Doctor:
    """Runs doctor as the operator does, with clients that are shared by all runs."""
    monkeypatch.setattr("infra.cli.doctor.command.clients", lambda session: world.clients)

    def run(*arguments: str) -> Report:
        result = CliRunner().invoke(
            occupancy, ["doctor", "--json", *arguments], obj=Clock(world.now), catch_exceptions=False
        )
        groups = json.loads(result.stdout)["groups"]
        found = [
            Finding(Level(one["level"]), one["what"], one["do"])
            for group in groups
            for one in group["findings"]
        ]
        return Report(result.exit_code, found)

    return run
