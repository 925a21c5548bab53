"""What the gateway's tests need: our KVS service, a spool, a publisher."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import boto3
import pytest
from botocore.credentials import Credentials

from infra.local.kvs.server import KvsServer
from infra.local.kvs.service.limits import Limits
from ingest.gateway.capture.fragmenting import Block, VideoFragment
from ingest.gateway.spool.spool import Bounds, Spool
from ingest.gateway.timing.backoff import Timings
from ingest.gateway.timing.clock import Clock
from ingest.gateway.timing.rate import Rate
from ingest.gateway.uplink.dependencies import PublisherDependencies
from ingest.gateway.uplink.destination import Destination
from ingest.gateway.uplink.publisher import Publisher
from ingest.kvs import ebml
from ingest.kvs.video import Track
from ingest.times import to_millis
from tests.credentials import AWS, AWS_KEY, AWS_SECRET
from tests.ingest.gateway.fake_clock import CLOCK, FakeClock, fake_clock
from tests.overhearing import overheard

if TYPE_CHECKING:
    from mypy_boto3_kinesis_video_archived_media import KinesisVideoArchivedMediaClient
    from mypy_boto3_kinesisvideo import KinesisVideoClient

__all__ = ["fake_clock", "overheard"]  # fixtures for all tests here

START = 1_795_393_011_685
TRACK = Track(1, "V_MPEG4/ISO/AVC", b"\x01\x64", 640, 360)
SESSION = boto3.Session(*AWS, region_name="us-east-1")
KEYS = {AWS_KEY: AWS_SECRET}
"""The keys that our KVS service knows."""
QUICK = Timings(stale=2.0, idle=1.0, first_retry=0.05, longest_retry=0.4, poll=0.05)


def fragment(place: int, track: Track = TRACK, every_ms: int = 4000) -> VideoFragment:
    """The `place`th fragment, 2 s long, with its place in each block."""
    blocks = tuple(Block(time, b"%d" % place, time == 0) for time in (0, 1000, 2000))
    return VideoFragment(track, START + place * every_ms, blocks)


def put(spool: Spool, made: VideoFragment) -> None:
    spool.put(made.first_ms, made.last_ms, made.document(), made.last_ms)


@dataclass
class Kvs:
    """The service with one stream, and what its archive contains."""

    server: KvsServer
    session: boto3.Session

    @cached_property
    def control(self) -> "KinesisVideoClient":
        return self.session.client("kinesisvideo", endpoint_url=self.server.url)

    @cached_property
    def archive(self) -> "KinesisVideoArchivedMediaClient":
        return self.session.client("kinesis-video-archived-media", endpoint_url=self.server.url)

    def blocks(self) -> list[tuple[int, bytes, bool]]:
        """(producer time in ms, frame, whether a keyframe) of all its frames, by producer time."""
        pages = self.archive.get_paginator("list_fragments").paginate(StreamName="door")
        listed = [fragment for page in pages for fragment in page["Fragments"]]
        listed.sort(key=lambda fragment: fragment["ProducerTimestamp"])
        return [block for fragment in listed for block in self._blocks_of(fragment["FragmentNumber"])]

    def _blocks_of(self, number: str) -> list[tuple[int, bytes, bool]]:
        answer = self.archive.get_media_for_fragment_list(StreamName="door", Fragments=[number])
        blocks, timecode = [], 0
        for element in ebml.Parser().feed(answer["Payload"].read()):
            if element.id == ebml.TIMECODE:
                timecode = int.from_bytes(element.payload, "big")
            elif element.id == ebml.SIMPLE_BLOCK:
                relative = int.from_bytes(element.payload[1:3], "big", signed=True)
                blocks.append((timecode + relative, element.payload[4:], bool(element.payload[3] & 0x80)))
        return blocks

    def places(self) -> list[int]:
        """The places of its fragments, sorted, duplicates included."""
        pages = self.archive.get_paginator("list_fragments")
        listed = pages.paginate(StreamName="door")
        times = [to_millis(found["ProducerTimestamp"]) for page in listed for found in page["Fragments"]]
        return sorted((time_ms - START) // 4000 for time_ms in times)

    def destination(self) -> Destination:
        return Destination(self.control, Credentials(*AWS), monotonic=CLOCK.monotonic)

    @asynccontextmanager
    async def publisher(
        self, spool: Spool, timings: Timings = QUICK, clock: Clock = CLOCK, stream_name: str = "door"
    ) -> AsyncIterator[Publisher]:
        """A running publisher; at the end it is cancelled."""
        async with self.publishers({stream_name: spool}, timings, clock) as (publisher,):
            yield publisher

    @asynccontextmanager
    async def publishers(
        self, spools: dict[str, Spool], timings: Timings = QUICK, clock: Clock = CLOCK
    ) -> AsyncIterator[list[Publisher]]:
        """A publisher for each stream, with shared dependencies."""
        async with aiohttp.ClientSession() as session:
            dependencies = PublisherDependencies(self.destination(), session, Rate(0, clock), clock, timings)
            publishers = [
                Publisher(stream_name, spool, dependencies) for stream_name, spool in spools.items()
            ]
            running = [asyncio.ensure_future(publisher.run()) for publisher in publishers]
            try:
                yield publishers
            finally:
                for task in running:
                    task.cancel()
                await asyncio.wait(running)


def create_stream(kvs: Kvs) -> None:
    kvs.control.create_stream(StreamName="door", DataRetentionInHours=24)


async def until_empty(spool: Spool, seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while len(spool):
            await asyncio.sleep(0.02)


@pytest.fixture(autouse=True)
def aws_environment(aws_environment: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set credentials that would be noticed in an output."""
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    for name, value in zip(names, AWS, strict=True):
        monkeypatch.setenv(name, value)


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool", Bounds(10_000_000))


@pytest.fixture
def limits() -> Limits:
    return Limits(connections=1, poll_seconds=0.05)


@pytest.fixture
def kvs(fake_clock: FakeClock, limits: Limits) -> Iterator[Kvs]:
    with KvsServer(KEYS, clock=CLOCK.time, limits=limits) as server:
        kvs = Kvs(server, SESSION)
        create_stream(kvs)
        yield kvs
