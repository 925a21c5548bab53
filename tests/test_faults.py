"""Random faults of KVS, and kills, in every mode: guarantees 1 and 2 hold, and no image is paid for twice."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

import boto3
import pytest

from infra.local.cloud import LocalCloud
from infra.local.kvs.service.fault import Fault, FaultKind
from ingest.frames.messages import GapReason
from ingest.registry.camera import Camera, Mode
from ingest.registry.sampling import Sampling
from ingest.times import QUARTER_HOUR, quarter_start
from tests.chain import Chain, Clock, CountsSquares, RandomKiller, chain_cloud, every
from tests.test_guarantees import CLOSED_AFTER, holds, reasons, release, rows

pytestmark = pytest.mark.own_cloud

EVERY = 60  # s
ROUNDS = 5
FAULTS_A_ROUND = 8
HOLE = timedelta(minutes=10), timedelta(minutes=12)
"""A span without video in every mode, from the start of the quarter hour."""


@dataclass
class Watcher(RandomKiller):
    """Notes every request of GetImages, including those that are killed."""

    requests: list[dict[str, Any]] = field(default_factory=list)

    def watch(self) -> None:
        """Step as the base class does, and note the requests."""
        super().watch()
        assert boto3.DEFAULT_SESSION is not None
        event = "provide-client-params.kinesis-video-archived-media.GetImages"
        boto3.DEFAULT_SESSION.events.register(event, self._note)

    def _note(self, params: dict[str, Any], **_: Any) -> None:
        self.requests.append(dict(params))

    def paid(self, stream: str) -> Counter[datetime]:
        """Count how often GetImages was asked for each time."""
        times: Counter[datetime] = Counter()
        for request in self.requests:
            if request["StreamName"] == stream:
                time, step = request["StartTimestamp"], timedelta(milliseconds=request["SamplingInterval"])
                while time <= request["EndTimestamp"]:
                    times[time] += 1
                    time += step
        return times


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def cloud(clock: Clock) -> Iterator[LocalCloud]:
    with chain_cloud(CountsSquares(), clock) as cloud:
        yield cloud


def random_fault(random: Random, streams: Sequence[str]) -> Fault:
    """Return a fault of one stream that strikes soon and ends after a few times."""
    known: list[tuple[FaultKind, str, dict[str, Any]]] = [
        (FaultKind.ERROR, "GetImages", {"error": "ClientLimitExceededException"}),
        (FaultKind.ERROR, "GetImages,GetMedia", {"error": "InternalFailure"}),
        (FaultKind.ERROR, "GetMedia", {"error": "ConnectionLimitExceededException"}),
        (FaultKind.ERROR, "GetMediaForFragmentList", {"error": "ClientLimitExceededException"}),
        (FaultKind.ERROR, "ListFragments", {"error": "ServiceUnavailable"}),
        (FaultKind.ERROR, "DescribeStream", {"error": "InternalFailure"}),
        (FaultKind.ERROR, "GetDataEndpoint", {"error": "ClientLimitExceededException"}),
        (FaultKind.DROP, "GetImages", {}),
        (FaultKind.DROP, "ListFragments", {}),
        (FaultKind.DROP, "GetMedia,GetMediaForFragmentList", {"answer_bytes": random.randrange(300, 5000)}),
        (FaultKind.DROP, "GetImages", {"answer_bytes": random.randrange(1, 500)}),
        (FaultKind.STALL, "GetImages,GetMedia,GetMediaForFragmentList", {"seconds": 0.2}),
        (FaultKind.NO_MEDIA, "GetImages", {}),
        (FaultKind.MEDIA_ERROR, "GetImages", {}),
        (FaultKind.ERROR_DOCUMENT, "GetMediaForFragmentList", {"error_id": 3000}),
        (FaultKind.ERROR_DOCUMENT, "GetMedia", {"error_id": 5000}),
        (FaultKind.ERROR_DOCUMENT, "GetMedia", {"error_id": 4500}),
    ]
    kind, api, settings = random.choice(known)
    more: dict[str, Any] = {"after": random.randrange(3), "times": random.randrange(1, 4)}
    return Fault(kind, api=api, stream=random.choice(streams), **settings | more)


def add(chain: Chain, seed: int, start: datetime) -> dict[Mode, Camera]:
    """Add a camera for each mode, each with its own stream."""
    cameras = {}
    for mode in Mode:
        name = f"{mode.value}-{seed}"
        boto3.Session().client("kinesisvideo").create_stream(
            StreamName=name, DataRetentionInHours=0 if mode is Mode.MEDIA else 24
        )
        cameras[mode] = Camera(name, "berlin-1", start, mode=mode, sampling=Sampling(EVERY))
        chain.cloud.registry.add(cameras[mode])
    return cameras


@pytest.mark.parametrize("seed", range(3))
def test_random_faults_in_every_mode(
    cloud: LocalCloud, clock: Clock, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.kvs.readers.QUIET_SECONDS", 0.5)  # shorter than in production
    for waits in ("endpoints.STREAM_WAITS", "endpoints.ACCOUNT_WAITS", "streams.ACCOUNT_WAITS"):
        monkeypatch.setattr(f"ingest.kvs.{waits}", (0.01, 0.02, 0.04))
    random = Random(seed)
    watcher = Watcher(random)
    chain = Chain(cloud, random, watcher, clock)
    now = clock.now.replace(microsecond=0)
    start = quarter_start(now - CLOSED_AFTER)
    cameras = add(chain, seed, start)
    names = [camera.camera_id for camera in cameras.values()]
    instants = every(EVERY / 3, start, start + QUARTER_HOUR)
    video = [time for time in instants if not HOLE[0] <= time - start < HOLE[1]]

    struck: Counter[FaultKind] = Counter()
    watcher.share = 0.005
    for number in range(ROUNDS):
        for name in names:
            chain.publish(name, video[len(video) * number // ROUNDS : len(video) * (number + 1) // ROUNDS])
        for _ in range(FAULTS_A_ROUND):
            cloud.kvs.faults.add(random_fault(random, names))
        chain.run(clock())
        for fault, times in cloud.kvs.faults.struck.items():
            struck[fault.kind] += times
        cloud.kvs.faults.clear()
        for name in names:
            release(chain, name)
    watcher.share = 0.0
    for _ in range(2):
        chain.run(clock())
    chain.close(now)

    assert struck.total() > 10
    assert watcher.kills > 0
    for camera in cameras.values():
        holds(chain, camera, start)
        assert reasons(rows(chain, camera.camera_id, start)) == {None: 13, GapReason.NO_MEDIA: 2}, camera
    paid = watcher.paid(f"auto-{seed}")
    due = set(cameras[Mode.AUTO].due(start, start + QUARTER_HOUR))
    assert paid.keys() & due
    # Once for itself, and at most once more if a run of later instants begins with it.
    assert max(paid[instant] for instant in due) <= 2
    for name in names:
        cloud.registry.remove(name)
