"""One camera's hours through the deployed handlers, on the local cloud, with a clock that the test moves."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

import aiohttp
import boto3
from botocore.credentials import ReadOnlyCredentials

from infra.local.cloud import CREDENTIALS, REGION, LocalCloud
from infra.local.rekognition.detectors.detection import Detection, Image
from ingest.kvs import mkv
from ingest.kvs.put_media import PutMediaTarget, put_media
from ingest.registry import opening_hours
from ingest.registry.camera import Camera, Mode
from ingest.registry.sampling import Sampling
from ingest.times import QUARTER_HOUR, quarter_start, to_millis, to_text
from tests.chain import BATCH, Chain, Clock, chain_cloud
from tests.infra.cost.meter import Meter
from tests.ingest.video import fragment, grey

MINUTE = timedelta(minutes=1)
FRAGMENT = timedelta(seconds=2)
LEAD = timedelta(milliseconds=400)
"""How long before a sample instant its keyframe is: the fragment is complete after the tick."""
PICTURES = 7
"""Fragments until a picture comes again; no two sample instants in a row have the same."""
PEOPLE = 3
"""On each frame."""


class ThreePeople:
    """A detector that finds the same people on every frame."""

    name = "three people"

    def detect(self, image: Image) -> list[Detection]:
        """Give three detections, each with a box of its own."""
        return [Detection(97.5 + n / 4, 0.1237 * (n + 1), 0.41731, 0.08519, 0.31255) for n in range(PEOPLE)]


@dataclass
class Shop:
    """The stack with one camera at a time; `meter` counts what the handlers call."""

    cloud: LocalCloud
    clock: Clock
    meter: Meter
    chain: Chain

    def add(self, name: str, mode: Mode, sample_every: int, *, closed: bool = False) -> Camera:
        """Register a camera with a stream, from this moment on; a closed one opens on another day only."""
        boto3.Session().client("kinesisvideo").create_stream(
            StreamName=name, MediaType="video/h264", DataRetentionInHours=24
        )
        other_day = opening_hours.WEEKDAYS[(self.clock.now.weekday() + 3) % 7]
        hours = opening_hours.parse(f"{other_day} 10:00-11:00") if closed else opening_hours.ALWAYS
        sampling = Sampling(sample_every, opening_hours=hours)
        camera = Camera(name, "berlin-1", self.clock.now, mode=mode, sampling=sampling)
        self.cloud.registry.add(camera)
        return camera

    def next_quarter(self) -> None:
        """Move the clock to the next quarter hour."""
        self.clock.now = quarter_start(self.clock.now + QUARTER_HOUR)

    def film(self, stream: str, start: datetime, end: datetime) -> None:
        """Deliver the fragments that are complete in [start, end), now."""
        first = start - FRAGMENT - LEAD
        starts = [first + FRAGMENT * number for number in range(int((end - start) / FRAGMENT))]
        put(self.cloud.kvs.url, stream, starts)

    def minute(self, camera: Camera, *, filming: bool = True) -> None:
        """A minute passes; then a tick, and all that follows from it."""
        now = self.clock.now.replace(second=0, microsecond=0) + MINUTE
        if filming:
            self.clock.now = now - timedelta(milliseconds=100)
            self.film(camera.camera_id, now - MINUTE, now)
        self.clock.now = now
        self.invoke("ScheduleFunction", {"time": to_text(now)})
        self.deliver("PullFunction")
        self.deliver("CounterFunction")
        if now == quarter_start(now):
            self.invoke("ClosingFunction", {"time": to_text(now)})

    def invoke(self, name: str, event: dict[str, Any]) -> Any:
        """One invocation, counted."""
        with self.meter.running(name):
            return self.chain.invoke(name, event)

    def deliver(self, name: str) -> None:
        """All messages of a function's queue: a receive and a delete for each ten of a batch."""
        source = self.chain.source(name)
        usage = self.meter.usage[name]
        while messages := self.chain.receive(source):
            usage.calls["lambda:ReceiveMessage"] += -(-len(messages) // BATCH)
            usage.calls["lambda:DeleteMessageBatch"] += -(-len(messages) // BATCH)
            usage.calls["lambda:messages"] += len(messages)
            answer = self.invoke(name, {"Records": self.chain.records(source, messages)})
            assert answer == {"batchItemFailures": []}
            self.chain.delete(source, messages)


@contextmanager
def shop() -> Iterator[Shop]:
    """A stack without cameras, at a whole quarter hour."""
    clock = Clock()
    clock.now = quarter_start(clock.now) - 24 * QUARTER_HOUR
    meter = Meter()
    with chain_cloud(ThreePeople(), clock) as cloud:
        yield Shop(cloud, clock, meter, Chain(cloud, Random(1), meter, clock))


def put(url: str, stream: str, starts: list[datetime]) -> None:
    """Send a fragment for each start, in one PutMedia request."""
    pictures = [grey(60 + 8 * number, (128, 96)) for number in range(PICTURES)]
    others = round(FRAGMENT / timedelta(milliseconds=1)) - 40
    body = mkv.header([pictures[0].track]) + b"".join(
        fragment(to_millis(start), pictures[to_millis(start) // 2000 % PICTURES], (0,), (others,))
        for start in starts
    )
    ((key, secret),) = CREDENTIALS.items()
    target = PutMediaTarget(url, stream, REGION, ReadOnlyCredentials(key, secret, None))

    async def chunks() -> AsyncIterator[bytes]:
        yield body

    async def send() -> None:
        async with aiohttp.ClientSession() as session:
            acks = [ack.event_type async for ack in put_media(session, target, chunks())]
        assert acks.count("PERSISTED") == len(starts), acks

    asyncio.run(send())
