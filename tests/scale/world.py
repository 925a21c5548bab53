"""The deployed functions in a simulated region: cameras, queues, services, schedules and outages.

The code of the schedule, the pull, the counter and the closing is the deployed one, with its threads; queues
and functions have the settings of template.yaml. Not simulated: decoding (its processor time is a constant),
logging, and the time that our own Python takes beyond CALL_CPU a call.
"""

import logging
import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from random import Random
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import counter.closing.handler as closing
import counter.counting.handler as counting
import ingest.pull.handler as pulling
from counter.counting.detection import Pace
from ingest import schedule
from ingest.aws.dynamodb import to_item
from ingest.kvs.known_streams import KnownStreams
from ingest.kvs.readers import readers
from ingest.kvs.video import Keyframe
from ingest.pull.extraction import PullDependencies
from ingest.registry.camera import Camera
from ingest.registry.items import settings_item
from ingest.registry.sampling import Sampling
from ingest.times import from_text, to_text
from tests.infra.rendered import at, transformed
from tests.scale.buckets import S3, Frames, Rekognition
from tests.scale.calls import Calls, Network, Throttle
from tests.scale.clock import Clock, Threads
from tests.scale.dynamodb import DynamoDB, Table
from tests.scale.expressions import Deserializer
from tests.scale.functions import Account, EventSource, Function
from tests.scale.queues import Queue, Sqs
from tests.scale.video import ArchivedMedia, ControlPlane, Streams, listed, lookups

START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC).timestamp()
"""A quarter hour begins here."""
LATENCY = {
    **dict.fromkeys(["PutItem", "UpdateItem", "GetItem", "BatchGetItem", "Query"], 0.008),
    **dict.fromkeys(["SendMessageBatch", "DeleteMessageBatch"], 0.015),
    **dict.fromkeys(["DescribeStream", "GetDataEndpoint", "PutObject", "DeleteObjects"], 0.04),
    "HeadObject": 0.03,
    "ListObjectsV2": 0.04,
    "Scan": 0.05, "ListFragments": 0.08, "GetMediaForFragmentList": 0.25, "DetectLabels": 0.5,
}  # fmt: skip
"""Seconds from a region's function to its services: assumptions, each drawn from 60 to 140 % of it."""
KEYFRAME_CPU = 0.12
"""Seconds of a vCPU to read a fragment and make a JPEG: twice the 57 ms of docs/benchmarks.md, for arm64.

The rule for pictures that show nothing adds 3 ms (docs/decisions/0011-no-picture.md).
"""
S3_PREFIX_PUTS = 3500.0
"""PUT requests a second of a prefix ("Best practices design patterns: optimizing Amazon S3 performance")."""
MINUTE, QUARTER = 60.0, 900.0


@dataclass(frozen=True)
class Fleet:
    """What is simulated. `rate` is DetectLabelsPerSecond, `quota` the account's."""

    cameras: int = 500
    every: int = 60
    rate: int = 25
    quota: float = 50.0
    pull_concurrency: int = 20
    visibility: float | None = None
    """Seconds until a frame's message is received again; None: as in the template."""
    seed: int = 1

    @property
    def per_second(self) -> float:
        """Images a second."""
        return self.cameras / self.every


@dataclass(frozen=True)
class Sample:
    """What is seen once a minute. Ages in seconds, `counted` and `due` since the start."""

    time: float
    due: int
    counted: int
    frame_queue: int
    frame_age: float
    pull_queue: int
    worst_age: float
    """Of the instants that were counted in this minute."""
    received_often: int
    """Messages in the frame queue that were received more than five times."""


@dataclass
class World:
    """A region with the stack in it; `run_until` simulates."""

    fleet: Fleet
    clock: Clock
    network: Network
    streams: Streams
    tables: defaultdict[str, Table]
    frames: Frames
    queues: dict[str, Queue]
    functions: dict[str, Function]
    stopped: set[str] = field(default_factory=set)
    """Functions that are not invoked now."""
    samples: list[Sample] = field(default_factory=list)
    ages: list[float] = field(default_factory=list)
    """Of the instants counted since the last sample: from the instant to its row."""
    all_ages: list[float] = field(default_factory=list)
    counted: set[tuple[str, str]] = field(default_factory=set)

    def run_until(self, seconds: float) -> None:
        """Simulate up to so many seconds after the start."""
        self.clock.sleep(START + seconds - self.clock.now)
        if self.clock.errors:
            raise self.clock.errors[0]

    def due(self) -> int:
        """Instants that have been due since the start."""
        return self.fleet.cameras * int((self.clock.now - START) // self.fleet.every)

    def saw_row(self, item: dict[str, Any]) -> None:
        """A row was stored."""
        key = item["CameraId"]["S"], item["TimeStamp"]["S"]
        if item["Status"]["S"] == "counted" and key not in self.counted:
            self.counted.add(key)
            age = self.clock.now - from_text(key[1]).timestamp()
            self.ages.append(age)
            self.all_ages.append(age)

    def start(self) -> None:
        """Start the schedules, the pollers and the observer."""
        spawn = self.clock.spawn
        spawn(partial(self._ticks, "schedule", MINUTE))
        spawn(partial(self._ticks, "closing", QUARTER))
        spawn(self._show_hidden)
        spawn(self._observe)
        line = transformed()["Mappings"]["Counter"][str(self.fleet.rate)]
        for name, batch, concurrency in (
            ("pull", at("PullFunctionPullRequests", "Properties.BatchSize"), self.fleet.pull_concurrency),
            ("counter", line["BatchSize"], line["Concurrency"]),
        ):
            source = {"pull": "PullFunctionPullRequests", "counter": "CounterFunctionFrames"}[name]
            window = at(source, "Properties.MaximumBatchingWindowInSeconds") or 0
            EventSource(
                self.functions[name],
                self.queues[name],
                int(batch),
                float(window),
                int(concurrency),
                partial(self._runs, name),
            ).start()

    def _runs(self, name: str) -> bool:
        return name not in self.stopped

    def _ticks(self, name: str, every: float) -> None:
        while True:
            self.clock.sleep(every - self.clock.now % every)
            if name not in self.stopped:
                event = {"time": to_text(datetime.fromtimestamp(self.clock.now, UTC))}
                self.clock.spawn(partial(self.functions[name].invoke, event))

    def _show_hidden(self) -> None:
        while True:
            self.clock.sleep(1.0)
            for queue in self.queues.values():
                queue.show_hidden()

    def _observe(self) -> None:
        while True:
            self.clock.sleep(MINUTE - self.clock.now % MINUTE)
            frames, pulls = self.queues["counter"], self.queues["pull"]
            self.samples.append(
                Sample(
                    time=self.clock.now - START,
                    due=self.due(),
                    counted=len(self.counted),
                    frame_queue=len(frames.messages),
                    frame_age=frames.oldest_age(),
                    pull_queue=len(pulls.messages),
                    worst_age=max(self.ages, default=0.0),
                    received_often=sum(message.receives > 5 for message in frames.messages.values()),
                )
            )
            self.ages.clear()


@contextmanager
def world(fleet: Fleet) -> Iterator[World]:
    """The stack with its cameras, started; the clock stands a minute before START."""
    random.seed(fleet.seed)
    clock = Clock(START - MINUTE)
    network = Network(clock, LATENCY, Random(fleet.seed))
    with ExitStack() as patches:
        patches.callback(clock.close)
        found = _assembled(fleet, clock, network)
        for target, stand_in in _stand_ins(found).items():
            patches.enter_context(patch(target, stand_in))
        for name in ("schedule", "pull", "counter", "closing"):
            logger = logging.getLogger(name)
            patches.callback(logger.setLevel, logger.level)  # other tests of this process read the logs
            logger.setLevel(logging.CRITICAL)
        found.start()
        yield found


def _assembled(fleet: Fleet, clock: Clock, network: Network) -> World:
    plain = Calls(network, "", None)
    tables: defaultdict[str, Table] = defaultdict(lambda: Table(plain))
    queues = {name: _queue(clock, resource) for name, resource in QUEUES.items()}
    queues["counter"].visibility = fleet.visibility or queues["counter"].visibility
    frames = Frames(queues["counter"], Throttle(clock, S3_PREFIX_PUTS, S3_PREFIX_PUTS))
    streams = Streams(lookups(clock), since=START - QUARTER)
    account = Account(clock)
    now = partial(_now, clock)
    line = transformed()["Mappings"]["Counter"][str(fleet.rate)]
    environ = _environ(fleet, line["Concurrency"])
    starts: dict[str, tuple[str, int, Callable[[], Any]]] = {
        "schedule": ("ScheduleFunction", 0, partial(schedule.start, environ)),
        "pull": ("PullFunction", 0, partial(pulling.start, environ, now)),
        "counter": ("CounterFunction", int(line["MemorySize"]), partial(counting.start, environ, now)),
        "closing": ("ClosingFunction", 0, partial(closing.start, environ)),
    }
    functions = {
        name: Function(
            name,
            account,
            memory or int(at(resource, "Properties.MemorySize")),
            float(at(resource, "Properties.Timeout")),
            start,
        )
        for name, (resource, memory, start) in starts.items()
    }
    made = World(fleet, clock, network, streams, tables, frames, queues, functions)
    _add_cameras(made)
    rows = tables["occupancy"]
    store = rows.put

    def put(item: dict[str, Any]) -> None:
        store(item)
        made.saw_row(item)

    rows.put = put  # type: ignore[method-assign]  # to see each row
    return made


QUEUES = {"pull": "PullQueue", "counter": "FrameQueue"}


def _queue(clock: Clock, resource: str) -> Queue:
    return Queue(
        clock,
        float(at(resource, "Properties.VisibilityTimeout")),
        int(at(resource, "Properties.RedrivePolicy.maxReceiveCount")),
    )


def _environ(fleet: Fleet, concurrency: str) -> dict[str, str]:
    return {
        "CAMERA_TABLE": "cameras",
        "OCCUPANCY_TABLE": "occupancy",
        "QUARTER_HOUR_TABLE": "quarters",
        "FRAME_BUCKET": "frames",
        "STORE_TABLE": "stores",
        "HISTORY_BUCKET": "history",
        "FRAME_QUEUE_URL": "counter",
        "FRAME_DEAD_LETTER_QUEUE_URL": "counter-dead",
        "PULL_QUEUE_URL": "pull",
        "DETECT_LABELS_PER_SECOND": str(fleet.rate),
        "MAXIMUM_CONCURRENCY": concurrency,
        "ROW_RETENTION_DAYS": "400",
        "STACK_NAME": "store-occupancy",
        "ALARM_TOPIC_ARN": "arn:aws:sns:us-east-1:123456789012:alarms",
        "DAILY_MESSAGE_HOUR": "-1",
    }


def _add_cameras(made: World) -> None:
    since = datetime.fromtimestamp(START, UTC)
    for number in range(made.fleet.cameras):
        name = f"camera-{number}"
        camera = Camera(
            name, f"store-{number // 10}", since, stream_name=name, sampling=Sampling(made.fleet.every)
        )
        made.tables["cameras"].put(settings_item(camera) | to_item({"CameraId": name, "Revision": 1}))


def _stand_ins(made: World) -> dict[str, Any]:
    """What the deployed code finds instead of boto3, threads, time and FFmpeg."""
    clock, network = made.clock, made.network
    quota = Throttle(clock, made.fleet.quota, made.fleet.quota)

    makers: dict[str, Callable[[Calls], Any]] = {
        "dynamodb": lambda calls: DynamoDB(calls, made.tables),
        "s3": lambda calls: S3(calls, made.frames),
        "sqs": lambda calls: Sqs(calls, made.queues),
        "rekognition": lambda calls: Rekognition(calls, quota, made.frames),
        "kinesisvideo": lambda calls: ControlPlane(calls, made.streams),
        "kinesis-video-archived-media": lambda calls: ArchivedMedia(calls, made.streams),
        "sns": lambda _: None,
    }

    def client(service: str, *_: Any, config: Any = None, **__: Any) -> Any:
        return makers[service](Calls(network, service, config))

    def jpeg(_: Any, keyframe: Keyframe) -> bytes:
        network.work(KEYFRAME_CPU)
        return keyframe.time.isoformat().encode()  # no two are the same

    Threads.clock = clock
    return {
        "boto3.client": client,
        "boto3.DEFAULT_SESSION": SimpleNamespace(client=client),
        "ingest.pull.handler.ThreadPoolExecutor": Threads,
        "ingest.aws.queues.ThreadPoolExecutor": Threads,
        "counter.counting.count.ThreadPoolExecutor": Threads,
        "counter.closing.handler.ThreadPoolExecutor": Threads,
        "ingest.pull.handler.readers": partial(readers, sleep=clock.sleep),
        "ingest.pull.handler.PullDependencies": partial(PullDependencies, sleep=clock.sleep),
        "ingest.kvs.readers.KnownStreams": partial(KnownStreams, clock.time),
        "ingest.aws.dynamodb._deserializer": Deserializer(),
        "ingest.kvs.fragments._listed": listed,
        "ingest.jpeg.JpegMaker.visible_jpeg": jpeg,
        "ingest.pull.outcomes._count": lambda *_: None,
        "counter.counting.handler.Pace": partial(Pace, clock=clock.time, sleep=clock.sleep),
        "counter.counting.handler.time": SimpleNamespace(monotonic=clock.time),
        "counter.counting.handler.publish": lambda *_: None,
        "counter.closing.handler.time": SimpleNamespace(monotonic=clock.time),
        "counter.closing.handler.publish": lambda *_: None,
    }


def _now(clock: Clock) -> datetime:
    return datetime.fromtimestamp(clock.now, UTC)
