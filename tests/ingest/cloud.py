"""The services that the pull uses: moto's DynamoDB, S3 and SQS in this process, our KVS service over HTTP."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import inf
from typing import TYPE_CHECKING, Any

import aiohttp
import boto3
from botocore.credentials import ReadOnlyCredentials
from moto import mock_aws

from infra.local.kvs.server import KvsServer
from infra.local.kvs.service.limits import Limits
from ingest.aws.queues import MessageQueue
from ingest.frames.bucket import FrameBucket
from ingest.frames.keys import FrameKey, parse
from ingest.frames.messages import GapNotice
from ingest.kvs import mkv
from ingest.kvs.endpoints import DataEndpoints
from ingest.kvs.fragments import Archive
from ingest.kvs.images import Images
from ingest.kvs.known_streams import KnownStreams
from ingest.kvs.media import Media
from ingest.kvs.put_media import PutMediaTarget, put_media
from ingest.kvs.readers import Readers
from ingest.kvs.streams import Streams
from ingest.pull.extraction import PullDependencies
from ingest.registry.camera import Camera, Mode
from ingest.registry.table import CameraRegistry
from ingest.times import from_millis, to_millis
from tests.ingest.video import Coded, fragment
from tests.moto_speed import plain_attribute_values
from tests.moto_state import MotoState

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

CREDENTIALS = ReadOnlyCredentials("testing", "testing", None)


def create_camera_table(dynamodb: "DynamoDBClient") -> None:
    """The registry table, as the template has it."""
    dynamodb.create_table(
        TableName="cameras",
        KeySchema=[{"AttributeName": "CameraId", "KeyType": "HASH"}],
        AttributeDefinitions=[
            {"AttributeName": "CameraId", "AttributeType": "S"},
            {"AttributeName": "Sender", "AttributeType": "S"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "Sender",
                "KeySchema": [{"AttributeName": "Sender", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )


def clear_cameras(dynamodb: "DynamoDBClient") -> None:
    """Delete all items of the registry table."""
    scan = dynamodb.get_paginator("scan")
    pages = scan.paginate(TableName="cameras", ProjectionExpression="CameraId")
    keys = [key for page in pages for key in page["Items"]]
    for first in range(0, len(keys), 25):
        deletes: list[Any] = [{"DeleteRequest": {"Key": key}} for key in keys[first : first + 25]]
        dynamodb.batch_write_item(RequestItems={"cameras": deletes})


class Clock:
    """KVS's clock, which the tests set."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> float:
        return to_millis(self.now) / 1000


@dataclass(frozen=True)
class Piece:
    """A fragment to publish: its producer time, its arrival, and its frames' offsets in ms."""

    start: datetime
    arrives: datetime
    keys: tuple[int, ...] = (0,)
    others: tuple[int, ...] = ()


def put_bodies(url: str, stream_name: str, bodies: Iterable[bytes]) -> None:
    """Send each body in a PutMedia request of its own; all are acknowledged."""

    async def put_all() -> None:
        async with aiohttp.ClientSession() as session:
            for body in bodies:
                await _put(session, PutMediaTarget(url, stream_name, "us-east-1", CREDENTIALS), body)

    asyncio.run(put_all())


async def _put(session: aiohttp.ClientSession, target: PutMediaTarget, body: bytes) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield body

    acks = [ack.event_type async for ack in put_media(session, target, chunks())]
    assert "RECEIVED" in acks, acks


class Cloud:
    """The services and their contents."""

    def __init__(self, kvs: KvsServer, clock: Clock) -> None:
        self.clock = clock
        self.server = kvs
        self.url = kvs.url
        session = boto3.Session("testing", "testing", region_name="us-east-1")
        self.dynamodb = session.client("dynamodb")
        self.s3 = session.client("s3")
        self.sqs = session.client("sqs")
        self.kinesisvideo = session.client("kinesisvideo", endpoint_url=kvs.url)
        self.archived = session.client("kinesis-video-archived-media", endpoint_url=kvs.url)
        self.live = session.client("kinesis-video-media", endpoint_url=kvs.url)
        create_camera_table(self.dynamodb)
        self.s3.create_bucket(Bucket="frames")
        self.frame_queue = self.sqs.create_queue(QueueName="frame")["QueueUrl"]
        self.pull_queue = self.sqs.create_queue(QueueName="pull")["QueueUrl"]
        self.registry = CameraRegistry(self.dynamodb, "cameras")
        self.slept: list[float] = []
        self._state = MotoState("frames", "frame")
        self._empty = self._state.snapshot()

    @property
    def clients(self) -> tuple[Any, ...]:
        """The clients whose calls a kill may interrupt."""
        return self.dynamodb, self.s3, self.sqs, self.kinesisvideo, self.archived, self.live

    def clear(self) -> None:
        """Delete everything, and set the clock back to its start."""
        self._state.restore(self._empty)
        self.bodies(self.pull_queue)
        for stream in self.kinesisvideo.list_streams()["StreamInfoList"]:
            self.kinesisvideo.delete_stream(StreamARN=stream["StreamARN"])
        self.clock.now = at(0)
        self.slept.clear()

    def clear_frames(self) -> None:
        """Delete all frames."""
        self._state.remove_objects()

    def dependencies(self) -> PullDependencies:
        known, sleep = KnownStreams(self.clock), self.slept.append
        archived = DataEndpoints(self.kinesisvideo, lambda _: self.archived, sleep, known)
        live = DataEndpoints(self.kinesisvideo, lambda _: self.live, sleep, known)
        streams = Streams(self.kinesisvideo, known, sleep)
        return PullDependencies(
            Readers(streams, Archive(archived), Images(archived), Media(live), known),
            FrameBucket(self.s3, "frames"),
            MessageQueue(self.sqs, self.frame_queue),
            self.slept.append,
        )

    def idle_until(self, seconds: float, camera_id: str = "door") -> None:
        """Move the pull's cursor as if it had run until then and nothing had arrived."""
        registered = self.registry.lease(camera_id, "idle", at(seconds), timedelta(seconds=1))
        self.registry.record_cursor(camera_id, "idle", replace(registered.cursor, until=at(seconds)))
        self.registry.release(camera_id, "idle")

    def create_stream(self, name: str, retention_hours: int = 24) -> None:
        self.kinesisvideo.create_stream(
            StreamName=name, MediaType="video/h264", DataRetentionInHours=retention_hours
        )

    def set_retention(self, name: str, hours: int) -> None:
        info = self.kinesisvideo.describe_stream(StreamName=name)["StreamInfo"]
        change = hours - info.get("DataRetentionInHours", 0)
        self.kinesisvideo.update_data_retention(
            StreamName=name,
            CurrentVersion=info["Version"],
            Operation="INCREASE_DATA_RETENTION" if change > 0 else "DECREASE_DATA_RETENTION",
            DataRetentionChangeInHours=abs(change),
        )

    def publish(self, stream_name: str, pieces: Iterable[Piece], coded: Coded) -> None:
        """Send each piece in a request of its own, so that it arrives at its own time."""

        def bodies() -> Iterator[bytes]:
            for piece in pieces:
                self.clock.now = piece.arrives
                media = fragment(to_millis(piece.start), coded, piece.keys, piece.others)
                yield mkv.header([coded.track]) + media

        put_bodies(self.url, stream_name, bodies())

    def frames(self) -> dict[datetime, datetime]:
        """Instant -> frame time; each instant may have one frame."""
        found: dict[datetime, datetime] = {}
        for key in self.stored():
            frame = self.frame(key)
            assert frame.instant not in found, key
            found[frame.instant] = frame.frame_time
        return found

    @staticmethod
    def frame(key: str) -> FrameKey:
        frame = parse(key)
        assert isinstance(frame, FrameKey)
        return frame

    def stored(self) -> set[str]:
        return set(self._state.keys())

    def notices(self) -> set[GapNotice]:
        """The gap notices in the frame queue, which are deleted."""
        return {GapNotice.from_body(body) for body, _ in self._state.take_messages()}

    def bodies(self, queue_url: str) -> list[str]:
        """The bodies of all messages in the queue, which are deleted."""
        bodies: list[str] = []
        while True:
            answer = self.sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10)
            messages = answer.get("Messages", [])
            if not messages:
                return bodies
            for message in messages:
                bodies.append(message["Body"])
                self.sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])


@contextmanager
def cloud(now: datetime) -> Iterator[Cloud]:
    """An empty cloud at that time. Signatures are checked, but not their age: the tests set the clock."""
    clock = Clock(now)
    limits = Limits(
        clock_skew_seconds=inf,
        connections=100,
        fragment_media_quota=10**6,
        fragment_metadata_quota=10**6,
        media_calls=10**6,
        media_connections=100,
        media_idle_seconds=-1,  # the clock stands still: GetMedia ends as soon as it has nothing to send
    )
    with (
        plain_attribute_values(),
        mock_aws(),
        KvsServer({"testing": "testing"}, clock=clock, limits=limits) as kvs,
    ):
        yield Cloud(kvs, clock)


def at(seconds: float) -> datetime:
    """That many seconds after a whole quarter hour of a Wednesday."""
    return from_millis(1_700_000_100_000 + round(seconds * 1000))


def number_of(kvs: Cloud, stream_name: str, seconds: float) -> str:
    """The number of the fragment that starts at that time."""
    archive = kvs.dependencies().kvs.archive
    (found,) = archive.list(stream_name, "PRODUCER_TIMESTAMP", at(seconds), at(seconds))
    return found.number


def live(count: int, length: float = 2.0, lag: float = 0.5, start: float = 0.0) -> list[Piece]:
    """A camera's fragments, live: each has a keyframe first and another frame at the end."""
    last = round(length * 1000) - 40
    starts = [start + index * length for index in range(count)]
    return [Piece(at(second), at(second + lag), (0,), (last,)) for second in starts]


def camera(**changes: Any) -> Camera:
    settings: dict[str, Any] = {
        "camera_id": "door", "store_id": "berlin", "since": at(0), "mode": Mode.FRAGMENTS,
    }  # fmt: skip
    return Camera(**settings | changes)


def sqs_event(*bodies: str) -> dict[str, Any]:
    return {"Records": [{"messageId": f"m{index}", "body": body} for index, body in enumerate(bodies)]}
