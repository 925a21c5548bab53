"""The pull in each mode: KVS calls, bytes and CPU for each sample; memory over an hour of catch-up."""

import asyncio
import json
import subprocess
import sys
from base64 import b64decode
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import inf
from time import thread_time, time
from typing import TYPE_CHECKING, Any, cast

import aiohttp
import boto3
from botocore.credentials import ReadOnlyCredentials

from infra.local.environment import environment
from infra.local.kvs.server import KvsServer
from infra.local.kvs.service.limits import Limits
from ingest.frames.keys import FrameKey
from ingest.kvs import fragments, images, media, mkv
from ingest.kvs.put_media import PutMediaTarget, put_media
from ingest.kvs.readers import readers
from ingest.pull.camera import pull_camera
from ingest.pull.extraction import PullDependencies
from ingest.pull.invocation import Invocation
from ingest.registry.camera import Camera, Mode
from ingest.registry.registered import ImageMemory, PullCursor, RegisteredCamera
from ingest.registry.sampling import Sampling
from ingest.schedule import is_pull_due
from ingest.times import EPOCH, from_millis, to_millis, whole_millis
from tests.bench.keyframes import GOP_SECONDS, GOPS_A_MINUTE, clusters, make_video, peak

if TYPE_CHECKING:
    from ingest.aws.queues import MessageQueue
    from ingest.frames.bucket import FrameBucket
    from ingest.registry.table import CameraRegistry

MINUTES = 10
INTERVALS = (5, 60, 300)
CATCH_UP = (10, 30, 60)  # minutes
START = from_millis(1_700_000_100_000)
KEYS = {"bench": "bench"}
UNLIMITED = Limits(
    clock_skew_seconds=inf, connections=10, media_calls=10**6, poll_seconds=0.02,
    fragment_media_quota=10**6, fragment_metadata_quota=10**6,
)  # fmt: skip


def main() -> None:
    """Print both tables."""
    make_video()
    print(f"{MINUTES} min of 1080p25 at 4 Mbit/s, a keyframe each {GOP_SECONDS} s")
    print("mode       every s  samples  calls/sample  MB/sample  CPU ms/sample")
    for interval in INTERVALS:
        for mode in Mode:
            found = _apart("sampled", mode.value, str(interval))
            samples, calls, size, cpu = (found[name] for name in ("samples", "calls", "bytes", "cpu"))
            each = f"{calls / samples:13.2f} {size / samples / 1e6:10.3f} {cpu / samples * 1e3:14.0f}"
            print(f"{mode:10} {interval:7} {samples:8} {each}")
    print("catch-up of one sample a minute, peak MB")
    for mode in Mode:
        peaks = [_apart("caught_up", mode.value, str(minutes))["peak"] for minutes in CATCH_UP]
        told = ", ".join(
            f"{minutes} min: {peak_mb:.0f}" for minutes, peak_mb in zip(CATCH_UP, peaks, strict=True)
        )
        print(f"{mode:10} {told}")


@dataclass
class Store:
    """Replaces the registry, the bucket and the queue of one camera, whose cost is not measured here."""

    camera: Camera
    cursor: PullCursor = field(default_factory=PullCursor)
    frames: int = 0
    gaps: list[str] = field(default_factory=list)

    def lease(self, *_: Any) -> RegisteredCamera:
        return RegisteredCamera(self.camera, cursor=self.cursor)

    def record_cursor(self, _camera_id: str, _owner: str, cursor: PullCursor, **_: Any) -> None:
        self.cursor = cursor

    def record_image_memory(self, _camera_id: str, _owner: str, memory: ImageMemory) -> None:
        """No pull is killed here."""

    def release(self, *_: Any, **__: Any) -> None:
        """No other pull waits for it."""

    def put(self, _key: FrameKey, _jpeg: bytes) -> None:
        self.frames += 1

    def send(self, bodies: Iterable[str]) -> int:
        before = len(self.gaps)
        self.gaps += bodies
        return len(self.gaps) - before


@dataclass
class Meter:
    """Calls to KVS, and the bytes of media and pictures that they brought, as they came over the wire."""

    calls: Counter[str] = field(default_factory=Counter)
    bytes: int = 0

    def session(self) -> boto3.Session:
        """A session whose calls are counted."""
        session = boto3.Session("bench", "bench", region_name="us-east-1")
        session.events.register("before-call", self._call)
        return session

    def watch(self) -> None:
        """Count what arrives from now on, by standing between the readers and the wire."""
        for module, name in ((fragments, "_chunks"), (media, "_arriving")):
            setattr(module, name, self._counted(getattr(module, name)))
        decode = b64decode

        def counting(content: str) -> bytes:
            self.bytes += len(content)
            return decode(content)

        setattr(images, "b64decode", counting)  # noqa: B010 - a name that module does not export

    def _counted(self, real: Any) -> Any:
        def chunks(payload: Any) -> Iterator[bytes]:
            for data in real(payload):
                self.bytes += len(data)
                yield data

        return chunks

    def _call(self, model: Any, **_: Any) -> None:
        self.calls[model.name] += 1


def sampled(mode: Mode, interval: int) -> dict[str, float]:
    """Ten minutes of video, with a pull after each."""
    now = START
    meter = Meter()
    camera = Camera("bench", "bench", START, mode=mode, sampling=Sampling(interval))
    store = Store(camera)
    header, gops = clusters()
    cpu = 0.0
    with _served(lambda: to_millis(now) / 1000) as kvs:
        dependencies = _dependencies(meter, store)
        _create(0 if mode is Mode.MEDIA else 24)
        meter.watch()
        meter.calls.clear()
        for minute in range(MINUTES):
            now = START + timedelta(minutes=minute + 1)
            _put(kvs.url, header, _minute(START + timedelta(minutes=minute), gops))
            if not is_pull_due(RegisteredCamera(camera, cursor=store.cursor), now):
                continue
            begun = thread_time()  # this thread's alone: the service has its own
            pull_camera(
                cast("CameraRegistry", store),
                dependencies,
                "bench",
                Invocation("me", now, timedelta(minutes=5), lambda: True),
            )
            cpu += thread_time() - begun
    assert store.gaps == []
    return {
        "samples": store.frames, "calls": meter.calls.total(), "bytes": meter.bytes, "cpu": cpu
    }  # fmt: skip


def caught_up(mode: Mode, minutes: int) -> dict[str, float]:
    """Minutes of video that arrive at once, and one pull; the service has a process of its own."""
    command = [sys.executable, "-m", "tests.bench.modes", "serve", str(minutes)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        url, start = json.loads(server.stdout.readline())
        with environment({"AWS_ENDPOINT_URL_KINESIS_VIDEO": url}):
            since = from_millis(start)
            store = Store(Camera("bench", "bench", since, mode=mode, sampling=Sampling(60)))
            now = whole_millis(datetime.now(UTC))
            before = peak()
            invocation = Invocation("me", now, timedelta(minutes=5), lambda: True)
            pull_camera(cast("CameraRegistry", store), _dependencies(Meter(), store), "bench", invocation)
        assert server.stdin is not None
        server.stdin.close()
    assert (store.frames, store.gaps) == (minutes, [])
    return {"peak": peak(), "before": before}


def serve(minutes: int) -> None:
    """The stream of that much video, until stdin ends."""
    now = whole_millis(datetime.now(UTC))
    start = now - (now - EPOCH) % timedelta(minutes=1) - timedelta(minutes=minutes)
    header, gops = clusters()
    with _served(time) as kvs:
        _create(24)
        for minute in range(minutes):
            _put(kvs.url, header, _minute(start + timedelta(minutes=minute), gops))
        print(json.dumps([kvs.url, to_millis(start)]), flush=True)
        sys.stdin.read()


@contextmanager
def _served(clock: Any) -> Iterator[KvsServer]:
    with (
        KvsServer(KEYS, clock=clock, limits=UNLIMITED) as kvs,
        environment({"AWS_ENDPOINT_URL_KINESIS_VIDEO": kvs.url}),
    ):
        yield kvs


def _create(retention_hours: int) -> None:
    kinesisvideo = Meter().session().client("kinesisvideo")
    kinesisvideo.create_stream(StreamName="bench", DataRetentionInHours=retention_hours)


def _dependencies(meter: Meter, store: Store) -> PullDependencies:
    return PullDependencies(
        readers(meter.session(), 10), cast("FrameBucket", store), cast("MessageQueue", store)
    )


def _minute(start: datetime, gops: list[bytes]) -> bytes:
    begins = (start + timedelta(seconds=GOP_SECONDS * index) for index in range(GOPS_A_MINUTE))
    return b"".join(
        mkv.cluster(to_millis(begin)) + blocks for begin, blocks in zip(begins, gops, strict=True)
    )


def _put(url: str, header: bytes, body: bytes) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield header
        yield body

    async def put() -> None:
        target = PutMediaTarget(url, "bench", "us-east-1", ReadOnlyCredentials("bench", "bench", None))
        async with aiohttp.ClientSession() as session:
            acks = [ack.event_type async for ack in put_media(session, target, chunks())]
        assert acks.count("RECEIVED") == GOPS_A_MINUTE

    asyncio.run(put())


def _apart(*arguments: str) -> dict[str, Any]:
    """Run in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.modes", *arguments]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(int(sys.argv[2]))
    else:
        run = {"sampled": sampled, "caught_up": caught_up}[sys.argv[1]]
        print(json.dumps(run(Mode(sys.argv[2]), int(sys.argv[3]))))
