"""Faults to plant into the cameras of a healthy deployment; each one removes itself again."""

import asyncio
import io
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import aiohttp
from botocore.credentials import ReadOnlyCredentials
from moto.s3.models import s3_backends

from infra.local.cloud import CREDENTIALS
from infra.local.stack.attributes import ACCOUNT
from ingest.frames.keys import FrameKey
from ingest.kvs import mkv
from ingest.kvs.put_media import PutMediaTarget, put_media
from ingest.registry.camera import Camera, Mode, Source
from ingest.registry.sampling import Sampling
from ingest.times import to_millis
from tests.infra.cli.doctor.conftest import World
from tests.infra.cli.doctor.planted import EVERY_MINUTE, Fault, empty
from tests.ingest.video import Coded, fragment, grey


@contextmanager
def no_stream(world: World) -> Iterator[None]:
    world.cloud.registry.add(Camera("ill", "berlin-1", world.now()))
    yield
    world.cloud.registry.remove("ill")


@contextmanager
def no_retention(world: World) -> Iterator[None]:
    world.add("ill", hours=0)
    put(world, "ill", grey())
    yield
    world.remove("ill")


@contextmanager
def silent(world: World) -> Iterator[None]:
    world.add("ill")
    yield
    world.remove("ill")


@contextmanager
def clock_ahead(world: World) -> Iterator[None]:
    world.add("ill")
    world.live("ill", ahead=timedelta(minutes=5))
    yield
    world.remove("ill")


@contextmanager
def sparse_keyframes(world: World) -> Iterator[None]:
    world.add("ill", sampling=Sampling(5))
    world.live("ill", step=10)
    yield
    world.remove("ill")


def strange_video(coded: Coded, mode: Mode = Mode.FRAGMENTS) -> Fault:
    """A camera that sends only this video, in this mode."""

    @contextmanager
    def plant(world: World) -> Iterator[None]:
        world.add("ill", mode=mode)
        put(world, "ill", coded)
        yield
        world.remove("ill")

    return plant


def without_private() -> Coded:
    return replace(grey(), track=replace(grey().track, codec_private=b""))


def of_codec(codec_id: str) -> Coded:
    return replace(grey(), track=replace(grey().track, codec_id=codec_id))


def undecodable() -> Coded:
    return replace(grey(), packet=b"\0\0\0\4abcd")


def tiny() -> Coded:
    return grey(size=(64, 48))


def put(world: World, stream: str, coded: Coded) -> None:
    """Send eight fragments of the last 16 seconds, each with one keyframe."""
    start = to_millis(world.now()) - 16_000
    body = mkv.header([coded.track]) + b"".join(fragment(start + 2000 * n, coded) for n in range(8))

    async def chunks() -> AsyncIterator[bytes]:
        yield body

    async def send() -> list[str]:
        kinesisvideo = world.client("kinesisvideo")
        endpoint = kinesisvideo.get_data_endpoint(StreamName=stream, APIName="PUT_MEDIA")["DataEndpoint"]
        ((key, secret),) = CREDENTIALS.items()
        target = PutMediaTarget(endpoint, stream, "us-east-1", ReadOnlyCredentials(key, secret, None))
        async with aiohttp.ClientSession() as session:
            return [ack.event_type async for ack in put_media(session, target, chunks())]

    assert "RECEIVED" in asyncio.run(send())


@contextmanager
def never_pulled(world: World) -> Iterator[None]:
    world.add("ill", since=world.now() - timedelta(minutes=8))
    world.live("ill")
    yield
    world.remove("ill")


@contextmanager
def gaps(world: World) -> Iterator[None]:
    world.add("ill", since=world.start)
    world.chain.run(world.now())
    world.chain.close(world.now())
    world.live("ill")
    yield
    world.remove("ill")


@contextmanager
def stale_frames(world: World) -> Iterator[None]:
    bucket = world.output("FrameBucketName")
    key = str(FrameKey("door", world.start - timedelta(hours=1), world.start - timedelta(hours=1)))
    world.client("s3").upload_fileobj(io.BytesIO(b"jpeg"), bucket, key)
    stored = s3_backends[ACCOUNT]["aws"].buckets[bucket].keys[key]
    stored.last_modified -= timedelta(minutes=40)
    yield
    world.client("s3").delete_object(Bucket=bucket, Key=key)
    empty(world, world.output("FrameQueueUrl"))


@contextmanager
def silent_push_camera(world: World) -> Iterator[None]:
    world.cloud.registry.add(
        Camera(
            "sender",
            "berlin-1",
            world.now() - timedelta(minutes=30),
            source=Source.PUSH,
            mode=Mode.AUTO,
            sampling=Sampling(EVERY_MINUTE),
        )
    )
    yield
    world.cloud.registry.remove("sender")
