"""The counter with all that it reads and writes, in moto: frames and notices in, rows and roll-ups out."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

import boto3
from botocore.config import Config
from moto import mock_aws

from counter.closing import run as closing_run
from counter.closing.camera import ClosingDependencies
from counter.closing.run import ClosingResult
from counter.counting import count as counting
from counter.counting.batch import Batch, CountingDependencies
from counter.counting.detection import LabelDetection, Pace
from counter.counting.inspector import FrameInspector
from counter.counting.messages import Message
from counter.history.bucket import HistoryBucket
from counter.rows.items import quarter_from_item, row_from_item
from counter.rows.kept_rules import KeptRules, is_rule
from counter.rows.occupancy import QuarterHour, Row, roll_up
from counter.rows.table import OccupancyTable
from counter.stores.marks import MarkTable
from counter.stores.table import StoreTable
from ingest.frames.bucket import FrameBucket
from ingest.frames.keys import FrameKey
from ingest.frames.messages import GapNotice
from ingest.registry.camera import Camera
from ingest.registry.sampling import Sampling
from ingest.registry.table import CameraRegistry
from ingest.times import quarter_start, to_text
from tests.counter.rekognition import END_OF_IMAGE, Rekognition
from tests.counter.tables import CAMERAS, OCCUPANCY, QUARTERS, STORES, create_tables
from tests.dynalite import ServedTables
from tests.moto_speed import plain_attribute_values
from tests.moto_state import REGION, MotoState, Snapshot

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_rekognition import RekognitionClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

BUCKET, HISTORY, DEAD_LETTERS = "frames", "history-files", "dead-letters"
RETENTION = timedelta(days=400)
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SINCE = NOON - timedelta(days=1)
FOREVER = 1e18


@dataclass(frozen=True)
class Clients:
    """The clients of the code under test."""

    dynamodb: "DynamoDBClient"
    s3: "S3Client"
    sqs: "SQSClient"
    rekognition: "RekognitionClient"

    @classmethod
    def of(cls, session: boto3.Session) -> "Clients":
        """A client for each service; Rekognition without retries, which would take real time."""
        once = Config(retries={"mode": "standard", "total_max_attempts": 1})
        return cls(
            session.client("dynamodb"),
            session.client("s3"),
            session.client("sqs"),
            session.client("rekognition", config=once),
        )

    def all(self) -> list[Any]:
        """All clients, for a Killer to watch."""
        return [self.dynamodb, self.s3, self.sqs, self.rekognition]


@cache
def _clients() -> Clients:
    """The clients for the whole process: creating them takes longer than a test."""
    return Clients.of(boto3.Session("testing", "testing", region_name=REGION))


def frame_bucket() -> FrameBucket:
    """The frame bucket."""
    return FrameBucket(_clients().s3, BUCKET)


def rekognition_client() -> "RekognitionClient":
    """The client that `Rekognition` answers."""
    return _clients().rekognition


@dataclass(frozen=True)
class Cloud:
    """Empty tables, an empty bucket and an empty queue, and their state."""

    clients: Clients
    dead_letters_url: str
    state: MotoState
    empty: Snapshot


@contextmanager
def new_cloud(dynamodb: "DynamoDBClient | None" = None) -> Iterator[Cloud]:
    """A cloud for one or more worlds, one after the other, in moto; the tables may be in another DynamoDB."""
    with mock_aws(), plain_attribute_values():
        clients = replace(_clients(), dynamodb=dynamodb) if dynamodb else _clients()
        create_tables(clients.dynamodb)
        for bucket in (BUCKET, HISTORY):
            clients.s3.create_bucket(Bucket=bucket)
        clients.s3.put_bucket_versioning(Bucket=HISTORY, VersioningConfiguration={"Status": "Enabled"})
        url = clients.sqs.create_queue(QueueName=DEAD_LETTERS)["QueueUrl"]
        state = MotoState(BUCKET, DEAD_LETTERS, ServedTables(dynamodb) if dynamodb else None)
        yield Cloud(clients, url, state, state.snapshot())


@contextmanager
def world_in(cloud: Cloud) -> Iterator["World"]:
    """A world in a cloud that is empty before and after."""
    world = World(cloud)
    try:
        with world.rekognition.behind():
            yield world
    finally:
        cloud.state.restore(cloud.empty)
        MotoState(HISTORY, DEAD_LETTERS).forget_objects()


@contextmanager
def new_world() -> Iterator["World"]:
    """A world in a cloud of its own."""
    with new_cloud() as cloud, world_in(cloud) as world:
        yield world


def camera(camera_id: str = "till-1", every: int = 300, **values: Any) -> Camera:
    """A camera that was registered a day before noon."""
    settings: dict[str, Any] = {"store_id": "north", "since": SINCE, "sampling": Sampling(every)}
    return Camera(camera_id=camera_id, **settings | values)


class World:
    """The counter and the closing, with all that they read and write."""

    def __init__(self, cloud: Cloud) -> None:
        self.clients, self.state = cloud.clients, cloud.state
        self.dynamodb, self.s3 = self.clients.dynamodb, self.clients.s3
        self.dead_letters_url = cloud.dead_letters_url
        self.rekognition = Rekognition(self.clients.rekognition, self.state.get)
        self.registry = CameraRegistry(self.dynamodb, CAMERAS)
        self.table = OccupancyTable(self.dynamodb, OCCUPANCY, QUARTERS)
        self.stores = StoreTable(self.dynamodb, STORES)
        self.marks = MarkTable(self.dynamodb, STORES)
        self.history = HistoryBucket(self.s3, HISTORY)
        bucket = FrameBucket(self.s3, BUCKET)
        self.dependencies = CountingDependencies(
            self.registry,
            self.table,
            KeptRules(self.dynamodb, QUARTERS),
            self.marks,
            bucket,
            FrameInspector(bucket),
            LabelDetection(self.rekognition.client, bucket, Pace(1e9)),
            self.clients.sqs,
            self.dead_letters_url,
            RETENTION,
        )

    def add(self, *cameras: Camera) -> None:
        for camera in cameras:
            self.registry.add(camera)

    def put(self, key: str, answer: Mapping[str, Any], image: bytes = b"") -> str:
        """Store a frame; `answer` is Rekognition's response to it.

        Without an image, it is of no format, and another one for each key.
        """
        self.state.put(key, (image or key.encode() + END_OF_IMAGE) + json.dumps(answer).encode())
        return key

    def frame(self, camera_id: str, instant: datetime, answer: Mapping[str, Any]) -> str:
        """Store a frame under our own form of key."""
        return self.put(frame_key(camera_id, instant), answer)

    def count(self, messages: Iterable[Message], now: datetime = NOON + timedelta(hours=1)) -> Batch:
        """Deliver a batch."""
        # As in a new process, which remembers no rule: so each delivery has the same steps.
        dependencies = replace(self.dependencies, rules=KeptRules(self.dynamodb, QUARTERS))
        return counting.count(list(messages), dependencies, counting.Invocation(now, FOREVER))

    def close(self, now: datetime, out_of_time: Callable[[], bool] = lambda: False) -> ClosingResult:
        """Run the closing."""
        dependencies = ClosingDependencies(
            self.registry,
            self.table,
            self.stores,
            self.marks,
            self.dependencies.bucket,
            self.history,
            RETENTION,
            out_of_time,
        )
        with ThreadPoolExecutor(4) as threads:
            return closing_run.run(dependencies, threads, now)

    def rows(self) -> list[Row]:
        """All rows, by camera and instant."""
        rows = [row_from_item(item) for item in self.state.items(OCCUPANCY)]
        return sorted(rows, key=lambda row: (row.camera_id, row.instant))

    def counts(self, camera_id: str = "till-1") -> dict[str, int | str]:
        """`HH:MM:SS` of each row -> its count, or its reason."""
        return {
            f"{row.instant:%H:%M:%S}": row.count if row.reason is None else row.reason.value  # type: ignore[misc] # a row without a reason has a count
            for row in self.rows()
            if row.camera_id == camera_id
        }

    def roll_ups(self) -> list[QuarterHour]:
        """All roll-ups, by camera and time."""
        found = [quarter_from_item(item) for item in self.state.items(QUARTERS) if not is_rule(item)]
        return sorted(found, key=lambda quarter: (quarter.camera_id, quarter.start))

    def expected_roll_ups(self) -> list[QuarterHour]:
        """The roll-ups that follow from the rows."""
        groups: dict[tuple[str, datetime], list[Row]] = {}
        for row in self.rows():
            groups.setdefault((row.camera_id, quarter_start(row.instant)), []).append(row)
        return [quarter for key in sorted(groups) if (quarter := roll_up(*key, groups[key]))]

    def keys_left(self) -> list[str]:
        """The frames in the bucket."""
        return self.state.keys()

    def dead_letters(self) -> list[tuple[str, str]]:
        """The messages of the dead-letter queue: (body, reason)."""
        return [(body, attributes["Reason"]) for body, attributes in self.state.messages()]


def frame_key(camera_id: str, instant: datetime, before: float = 0.4) -> str:
    """Our own form of key, for a frame `before` seconds older than its instant."""
    return str(FrameKey(camera_id, instant, instant - timedelta(seconds=before)))


def s3_record(key: str, event_time: datetime, bucket: str = BUCKET) -> dict[str, Any]:
    """A record of an S3 event notification, as S3 writes it."""
    return {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": "us-east-1",
        "eventTime": to_text(event_time),
        "eventName": "ObjectCreated:Put",
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": "frames",
            "bucket": {"name": bucket, "arn": f"arn:aws:s3:::{bucket}"},
            "object": {"key": quote_plus(key, safe="/"), "size": 100, "eTag": "0", "sequencer": "0"},
        },
    }


def event(message_id: str, *keys: str, at: datetime = NOON + timedelta(hours=1)) -> Message:
    """A message with the S3 event for some keys."""
    return Message(message_id, json.dumps({"Records": [s3_record(key, at) for key in keys]}))


def notice(message_id: str, gap: GapNotice) -> Message:
    """A message from the pull."""
    return Message(message_id, gap.to_body())


def at(minutes: float) -> datetime:
    """`minutes` after noon."""
    return NOON + timedelta(minutes=minutes)


def failed(batch: Batch) -> Sequence[str]:
    """The messages to be retried."""
    return sorted(batch.failed_messages)
