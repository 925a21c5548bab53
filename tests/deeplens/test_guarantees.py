"""Device code -> S3 -> counter: uploads fail, an hour without network, kills; each due instant is one row."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import EndpointConnectionError

from counter.rows.occupancy import Row
from deeplens.camera.capture import Capture
from deeplens.camera.sampler import Sampler
from deeplens.common.settings import Settings
from deeplens.common.status_log import StatusLog
from deeplens.spool import Spool
from deeplens.upload import LONGEST_WAIT, Uploader, s3_client
from infra.local.cloud import LocalCloud
from infra.local.rekognition.detectors.detection import Detection, Image
from ingest.frames.messages import GapReason
from ingest.registry.camera import Camera, Source
from ingest.registry.registered import RegisteredCamera
from ingest.registry.sampling import Sampling
from ingest.times import QUARTER_HOUR, quarter_start
from tests.chain import Chain, Clock, CountsSquares, RandomKiller, chain_cloud, picture, truth
from tests.deeplens.unit import Hand, ticks
from tests.killing import Killed

pytestmark = pytest.mark.own_cloud

EVERY = 60
HOUR = 3600
UNNOTICED = 150
"""Seconds until the unit is plugged in again."""


class Counting(CountsSquares):
    """Counts the frames that were paid for."""

    def __init__(self) -> None:
        self.detected = 0

    def detect(self, image: Image) -> list[Detection]:
        self.detected += 1
        return super().detect(image)


@pytest.fixture(scope="module")
def detector() -> Counting:
    return Counting()


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def cloud(detector: Counting, clock: Clock) -> Iterator[LocalCloud]:
    with chain_cloud(detector, clock) as cloud:
        yield cloud


@pytest.fixture
def chain(cloud: LocalCloud, detector: Counting, clock: Clock) -> Iterator[Chain]:
    random = Random(7)
    detector.detected = 0
    yield Chain(cloud, random, RandomKiller(random), clock)
    for registered in list(cloud.registry.scan()):
        assert isinstance(registered, RegisteredCamera)
        cloud.registry.remove(registered.camera.camera_id)


@dataclass
class Shop:
    """The unit's camera: shows as many squares as `truth` says for the time of the clock."""

    clock: Hand

    def read(self) -> Any:
        time = datetime.fromtimestamp(self.clock.now, UTC)
        return picture(truth(time), time)


@dataclass
class Network:
    """Between the unit and S3: every third upload fails, and all of them during `away`."""

    clock: Hand
    away: tuple[float, float]
    uploads: int = 0
    kill_after_next: bool = False
    sent: list[str] = field(default_factory=list)

    def attach(self, s3: Any) -> None:
        s3.meta.events.register("before-send.s3.PutObject", self._leaves)
        s3.meta.events.register("after-call.s3.PutObject", self._came_back)

    def _leaves(self, request: Any, **_: Any) -> AWSResponse | None:
        self.uploads += 1
        if self.away[0] <= self.clock.now < self.away[1]:
            raise EndpointConnectionError(endpoint_url=request.url)
        if self.uploads % 3 == 0:
            return AWSResponse(request.url, 503, HTTPHeaders(), _Empty())
        self.sent.append(request.url)
        return None

    def _came_back(self, **_: Any) -> None:
        if self.kill_after_next:
            self.kill_after_next = False
            raise Killed("S3 has the frame, the unit does not know")


class _Empty:
    """An empty body."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield b""


@dataclass
class Unit:
    """The parts of `deeplens.service`, stepped with one clock; a kill leaves what is on the disk."""

    clock: Hand
    folder: Path
    network: Network
    bucket: str
    name: str
    status_log: StatusLog = field(default_factory=StatusLog)

    def boot(self) -> None:
        settings = Settings(bucket=self.bucket, camera_id=self.name, sample_every=EVERY)
        self.spool = Spool(self.folder, 10**8, self.status_log)
        self._capture = Capture(
            Shop(self.clock).read, Sampler(EVERY, lambda _: True), 90, self.spool.put, self.status_log
        )
        s3 = s3_client()
        self.network.attach(s3)
        self._uploader = Uploader(s3, settings, self.spool, self.status_log, Random(3))
        self._upload_at = self.clock.now

    def step(self) -> float:
        """Read the camera once, and upload once if it is time; return the seconds that pass."""
        self._capture.sample(self.clock)
        return self.send()

    def send(self) -> float:
        """Upload once if it is time; return the seconds that pass."""
        if self.clock.now >= self._upload_at:
            self._upload_at = self.clock.now + self._uploader.step(self.clock.now)
        return 1.0


@pytest.mark.parametrize("seed", range(1))
def test_every_due_instant_is_counted_once_or_a_gap_with_its_reason(
    chain: Chain, detector: Counting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    now = chain.clock()
    start = quarter_start(now - timedelta(hours=6))
    camera = Camera(f"deeplens-{seed}", "berlin-1", start, source=Source.PUSH, sampling=Sampling(EVERY))
    chain.cloud.registry.add(camera)
    begin, random = start.timestamp(), Random(seed)
    clock = Hand(begin - 0.5)
    network = Network(clock, (begin + HOUR, begin + 2 * HOUR))
    unit = Unit(clock, tmp_path, network, chain.cloud.stack.outputs["FrameBucketName"], camera.camera_id)
    kills = {
        begin + random.uniform(600, HOUR - 600): with_the_frame_in_s3,
        begin + random.uniform(HOUR + 600, 2 * HOUR - 600): with_half_a_file,
        begin + random.uniform(2 * HOUR + 60, 3 * HOUR - 600): between_two_steps,
    }
    dark: list[tuple[float, float]] = []
    unit.boot()
    for time, kill in kills.items():
        ticks(clock, time, unit.step)
        with monkeypatch.context() as patched, pytest.raises(Killed):
            kill(unit, patched)
        unit.spool.close()  # a lock goes with its process
        dark.append((clock.now, clock.now + UNNOTICED))
        clock.now += UNNOTICED
        unit.boot()
        if network.away[0] < clock.now < network.away[1]:
            ticks(clock, network.away[1], unit.step)
            chain.close(datetime.fromtimestamp(clock.now, UTC))  # while the counter is away, too
            before, outage = (rows(chain, camera, start + timedelta(hours=hour), 3) for hour in (0, 1))
            assert (len(before), len(outage)) == (45, 45)
            arrived = sum(row.reason is GapReason.NOT_COUNTED for row in before)
            assert arrived >= 45 - UNNOTICED // EVERY - 1
            assert {row.reason for row in outage} == {GapReason.NO_FRAME}
    ticks(clock, begin + 3 * HOUR, unit.step)
    ticks(clock, clock.now + LONGEST_WAIT, unit.send)
    assert unit.spool.waiting == 0
    chain.deliver("CounterFunction")
    chain.close(now)

    found = rows(chain, camera, start, 12)
    assert [row.instant for row in found] == list(camera.due(start, start + 12 * QUARTER_HOUR))
    counted = [row for row in found if row.reason is None]
    for row in counted:
        assert row.frame_time is not None
        assert row.count == truth(row.frame_time)
        assert timedelta(0) <= row.instant - row.frame_time <= timedelta(seconds=1)
    for row in found:
        dead = any(down - 2 < row.instant.timestamp() < up + 2 for down, up in dark)
        assert row.reason in ({None, GapReason.NO_FRAME} if dead else {None})
    assert 3 <= len(found) - len(counted) <= 3 * (UNNOTICED // EVERY + 1)
    assert detector.detected == len(counted)
    assert len(network.sent) == len(counted) + 1  # one frame went twice
    assert network.uploads > 1.4 * len(counted)
    assert unit.status_log.counts["dropped"] == 0
    assert chain.frames() == []
    assert chain.waiting() == 0
    assert chain.cloud.audit.early == []


def with_the_frame_in_s3(unit: Unit, _: pytest.MonkeyPatch) -> None:
    unit.network.kill_after_next = True
    ticks(unit.clock, unit.clock.now + HOUR, unit.step)


def with_half_a_file(unit: Unit, patched: pytest.MonkeyPatch) -> None:
    patched.setattr(os, "fsync", killed)
    ticks(unit.clock, unit.clock.now + HOUR, unit.step)


def between_two_steps(unit: Unit, _: pytest.MonkeyPatch) -> None:
    raise Killed("with whatever waits in the spool")


def killed(_: int) -> None:
    raise Killed("half a file is on the disk")


def rows(chain: Chain, camera: Camera, start: datetime, quarters: int) -> list[Row]:
    return chain.cloud.occupancy.rows(camera.camera_id, start, start + quarters * QUARTER_HOUR)
