"""The whole chain counts what the gateway delivers, even if it is late."""

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import aiohttp
import boto3
import pytest
from av.video.frame import VideoFrame

from infra.local.simulated_store.recorded import stills
from ingest.frames.bucket import FrameBucket
from ingest.frames.messages import GapReason
from ingest.gateway.capture.fragmenting import Fragmenter, Packet
from ingest.gateway.config.addresses import Address
from ingest.gateway.config.sending import Send
from ingest.gateway.push_camera import PushCamera, PushCameraDependencies
from ingest.gateway.spool.spool import Bounds, Spool
from ingest.gateway.timing.clock import Clock
from ingest.gateway.timing.rate import Rate
from ingest.gateway.timing.wall_clock import WallClock
from ingest.gateway.uplink.dependencies import PublisherDependencies
from ingest.gateway.uplink.destination import Destination
from ingest.gateway.uplink.publisher import Publisher
from ingest.jpeg import JpegEncoder
from ingest.registry.camera import Camera, Mode, Source
from ingest.registry.sampling import Sampling
from ingest.times import QUARTER_HOUR, quarter_start, to_millis
from tests.chain import Chain, CountsSquares, RandomKiller, chain_cloud, every, picture, truth
from tests.ingest.gateway.conftest import put, until_empty
from tests.ingest.gateway.fake_clock import CLOCK

pytestmark = pytest.mark.own_cloud

BOUNDS = Bounds(100_000_000)


@pytest.fixture(scope="module")
def chain() -> Iterator[Chain]:
    with chain_cloud(CountsSquares()) as cloud:
        random = Random(1)
        yield Chain(cloud, random, RandomKiller(random))


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def start(now: datetime) -> datetime:
    """The start of a quarter hour that a closing now closes."""
    return quarter_start(now - timedelta(minutes=45))


def counts(chain: Chain, name: str, start: datetime) -> list[int | GapReason | None]:
    """The count of each row of the quarter hour, or the reason of its gap."""
    rows = chain.cloud.occupancy.rows(name, start, start + QUARTER_HOUR)
    return [row.reason if row.count is None else row.count for row in rows]


def test_the_gaps_of_an_outage_become_counts(
    chain: Chain, tmp_path: Path, now: datetime, start: datetime
) -> None:
    """The camera's video went into the spool while nothing reached KVS."""
    door = Camera("door", "berlin-1", start, mode=Mode.FRAGMENTS, sampling=Sampling(60))
    boto3.client("kinesisvideo").create_stream(StreamName="door", DataRetentionInHours=24)
    chain.cloud.registry.add(door)
    chain.run(now)
    chain.close(now)
    assert counts(chain, "door", start) == [GapReason.NO_MEDIA] * 15

    spool = Spool(tmp_path, BOUNDS)
    feed = stills((picture(truth(when), when), when) for when in every(5, start, start + QUARTER_HOUR))
    fragmenter = Fragmenter(feed.track, Send.KEYFRAMES)
    for frame in feed.frames:
        for made in fragmenter.add(Packet(frame.time_ms, frame.data, frame.keyframe)):
            put(spool, made)
    asyncio.run(deliver(spool))
    chain.run(datetime.now(UTC))

    assert counts(chain, "door", start) == [truth(when) for when in every(60, start, start + QUARTER_HOUR)]


async def at_once(_: float) -> None:
    """Do not wait: our KVS service takes fragments at any rate."""


async def deliver(spool: Spool) -> None:
    session = boto3.Session()
    clock = Clock(time.monotonic, at_once)
    destination = Destination(session.client("kinesisvideo"), session.get_credentials(), clock.monotonic)
    async with aiohttp.ClientSession() as http:
        dependencies = PublisherDependencies(destination, http, Rate(0, clock), clock)
        publisher = Publisher("door", spool, dependencies)
        publisher.stop()
        async with asyncio.timeout(120):
            await publisher.run()


def test_frames_of_a_push_camera_are_counted_through_an_outage_too(
    chain: Chain, tmp_path: Path, now: datetime, start: datetime
) -> None:
    till = Camera("till", "berlin-1", start, Source.PUSH, sampling=Sampling(60))
    chain.cloud.registry.add(till)
    chain.close(now)
    assert counts(chain, "till", start) == [GapReason.NO_FRAME] * 15

    spool = Spool(tmp_path, BOUNDS)
    for instant in every(60, start, start + QUARTER_HOUR):
        taken = instant - timedelta(seconds=2)
        frame = VideoFrame.from_ndarray(picture(truth(taken), taken), format="bgr24")
        spool.put(to_millis(instant), to_millis(taken), JpegEncoder().encode(frame), to_millis(taken))
    asyncio.run(push(till, spool, chain.cloud.stack.outputs["FrameBucketName"]))
    chain.deliver("CounterFunction")

    expected = [truth(when - timedelta(seconds=2)) for when in every(60, start, start + QUARTER_HOUR)]
    assert counts(chain, "till", start) == expected


async def push(till: Camera, spool: Spool, bucket: str) -> None:
    async with aiohttp.ClientSession() as http:
        dependencies = PushCameraDependencies(
            http, FrameBucket(boto3.client("s3"), bucket), WallClock(), CLOCK
        )
        camera = PushCamera(till, Address("http://127.0.0.1:1/snapshot.jpg"), spool, dependencies)
        camera.start()
        await until_empty(spool)
        await camera.stop(1)
