"""The whole chain, driven by the test: it publishes video, ticks, delivers batches, closes and kills."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib import import_module
from math import inf
from random import Random
from threading import Lock
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import boto3
import numpy as np
from botocore.retries.standard import ExponentialBackoff

from counter.counting.detection import Pace
from infra.local.cloud import CREDENTIALS, LocalCloud
from infra.local.kvs.server import KvsServer
from infra.local.kvs.service.limits import Limits
from infra.local.lambdas.context import LambdaContext
from infra.local.lambdas.functions import Function, QueueSource, functions, queue_sources
from infra.local.lambdas.invocation import Handler
from infra.local.lambdas.poller import to_record
from infra.local.lambdas.roles import confined, role_of
from infra.local.rekognition.detectors.detection import Detection, Detector, Image
from infra.local.simulated_store.publisher import Destination
from infra.local.simulated_store.recorded import publish_pictures
from infra.local.stack.template import Template
from ingest.times import to_text
from tests.killing import Killed

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import DeleteMessageBatchRequestEntryTypeDef

CLOCKED = frozenset({"PullFunction", "CounterFunction"})
"""The functions that read a clock; the other two find their time in the event."""
SQUARE = 12  # pixels
PITCH = 24
DARK = 100
"""Of 255: no square for `CountsSquares`."""
BATCH = 10  # messages that SQS gives or deletes in one call
EMPTY_QUEUE = 2  # receives without a message


class CountsSquares:
    """A detector for pictures by `picture`: one person for each white square."""

    name = "squares"

    def detect(self, image: Image) -> list[Detection]:
        """Return one certain detection for each square."""
        row = image[60, :, 1] > 128
        starts = np.flatnonzero(row[1:] & ~row[:-1])
        return [Detection(99.0, float(x) / image.shape[1], 0.4, 0.05, 0.2) for x in starts]


def picture(people: int, time: datetime | None = None) -> Image:
    """Draw a picture with `people` squares, 0..8, 120 x 200 pixels: another one at each millisecond.

    Above the squares are dark bars, so that also a picture without squares shows something.
    """
    image = np.zeros((120, 200, 3), np.uint8)
    image[:40, np.arange(200) // 13 % 2 == 0] = DARK
    millis = 0 if time is None else int(time.timestamp() * 1000)
    for bit in range(41):
        if millis >> bit & 1:
            image[90 + bit // 24 * 14 : 100 + bit // 24 * 14, bit % 24 * 8 : bit % 24 * 8 + 6] = DARK
    for number in range(people):
        left = 6 + number * PITCH
        image[50 : 50 + 2 * SQUARE, left : left + SQUARE] = 255
    return image


def truth(time: datetime) -> int:
    """Return how many squares the pictures of a time show."""
    return int(time.timestamp()) // 7 % 5


@dataclass
class Clock:
    """The time of the chain and of KVS: it only advances by a millisecond at each reading.

    So what arrives in KVS has an order, and a slow machine changes nothing.
    """

    now: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))
    _lock: Lock = field(default_factory=Lock)

    def __call__(self) -> datetime:
        """Read the clock."""
        with self._lock:
            self.now += timedelta(milliseconds=1)
            return self.now

    def epoch(self) -> float:
        """Read the clock in seconds since the epoch."""
        return self().timestamp()


def unpaced() -> AbstractContextManager[object]:
    """Let a counter that starts in this context keep to no rate."""
    return patch("counter.counting.handler.Pace", lambda _: Pace(1e9))


@contextmanager
def chain_cloud(
    detector: Detector, clock: Clock | None = None, template: Template | None = None
) -> Iterator[LocalCloud]:
    """A local cloud in which no detection is paced or throttled and no retry waits.

    KVS runs on `clock`, if given. It then has no quotas, for the clock would not refill them, and takes
    signatures of any age, for boto3 signs with the time of the machine.
    """
    limits = Limits(
        media_calls=10**9,
        media_idle_seconds=-1,  # GetMedia ends as soon as it has nothing to send
        fragment_metadata_quota=10**9,
        fragment_media_quota=10**9,
        clock_skew_seconds=inf,
    )
    with (
        unpaced(),
        patch("infra.local.rekognition.server.CALLS_AT_ONCE", 1000),
        patch.object(ExponentialBackoff, "delay_amount", lambda *_: 0.0),
        patch("botocore.retryhandler.delay_exponential", lambda *_, **__: 0.0),
        LocalCloud(
            detector,
            template=template,
            start_kvs=partial(KvsServer, clock=clock.epoch, limits=limits) if clock else KvsServer,
        ) as cloud,
    ):
        yield cloud


@dataclass
class RandomKiller:
    """Raises Killed at random steps, a `share` of all. A call has two steps: it leaves, it has come back."""

    random: Random
    share: float = 0.0
    kills: int = 0

    def watch(self) -> None:
        """Step with every call of clients that boto3's default session creates from now on."""
        assert boto3.DEFAULT_SESSION is not None
        for event in ("before-call", "after-call"):
            boto3.DEFAULT_SESSION.events.register(event, self._step)

    def _step(self, **_: Any) -> None:
        if self.share and self.random.random() < self.share:
            self.kills += 1
            raise Killed(f"kill {self.kills}")


@dataclass
class Chain:
    """The stack's four functions, invoked by the test. Every batch is shuffled and delivered twice."""

    cloud: LocalCloud
    random: Random
    killer: RandomKiller
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    _handlers: dict[str, Handler] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._session = boto3.Session()
        self._sqs = self._session.client("sqs")
        self._functions = {function.logical_id: function for function in functions(self.cloud.stack).values()}
        self._sources = {source.function: source for source in queue_sources(self.cloud.stack)}

    def publish(self, stream: str, times: Sequence[datetime]) -> None:
        """Publish video of these times now: each picture is a keyframe in its own fragment."""
        credentials = self._session.get_credentials()
        assert credentials is not None
        assert credentials.access_key in CREDENTIALS
        kinesisvideo = self._session.client("kinesisvideo")
        target = Destination(kinesisvideo, credentials.get_frozen_credentials()).target(stream)
        publish_pictures(target, [(picture(truth(time), time), time) for time in times])

    def run(self, now: datetime) -> None:
        """Tick, and deliver what follows until all queues are empty."""
        self.invoke("ScheduleFunction", {"time": to_text(now)})
        self.deliver("PullFunction")
        self.deliver("CounterFunction")

    def close(self, now: datetime) -> None:
        """Invoke the closing twice."""
        for _ in range(2):
            self.invoke("ClosingFunction", {"time": to_text(now)})

    def deliver(self, name: str) -> None:
        """Deliver all messages of a function's queue, shuffled, each batch twice."""
        source = self.source(name)
        while messages := self.receive(source):
            self.random.shuffle(messages)
            for first in range(0, len(messages), source.batch_size):
                batch = messages[first : first + source.batch_size]
                for _ in range(2):
                    answer = self.invoke(name, {"Records": self.records(source, batch)})
                    assert answer == {"batchItemFailures": []}
                self.delete(source, batch)

    def source(self, name: str) -> QueueSource:
        """The queue of a function."""
        return self._sources[self._functions[name].arn]

    def records(self, source: QueueSource, messages: Sequence[Any]) -> list[dict[str, Any]]:
        """Messages as Lambda passes them to a function."""
        return [to_record(message, source.queue_arn, self.cloud.stack.region) for message in messages]

    def invoke(self, name: str, event: dict[str, Any]) -> Any:
        """Invoke a function; after a kill start it again and repeat the invocation until it survives."""
        while True:
            try:
                return self._handler(name)(event, context(self._functions[name]))
            except Killed:
                del self._handlers[name]  # the next start remembers nothing

    def waiting(self) -> int:
        """Count the messages in both queues and both dead-letter queues, received or not."""
        outputs = self.cloud.stack.outputs
        total = 0
        for queue in ("FrameQueueUrl", "PullQueueUrl", "FrameDeadLetterQueueUrl", "PullDeadLetterQueueUrl"):
            answer = self._sqs.get_queue_attributes(QueueUrl=outputs[queue], AttributeNames=["All"])
            total += int(answer["Attributes"]["ApproximateNumberOfMessages"])
            total += int(answer["Attributes"]["ApproximateNumberOfMessagesNotVisible"])
        return total

    def frames(self) -> list[str]:
        """List the keys in the frame bucket."""
        bucket = self.cloud.stack.outputs["FrameBucketName"]
        answer = self._session.client("s3").list_objects_v2(Bucket=bucket)
        return [content["Key"] for content in answer.get("Contents", [])]

    def _handler(self, name: str) -> Handler:
        if name not in self._handlers:
            function = self._functions[name]
            role = role_of(self.cloud.stack, function)
            self._handlers[name] = confined(role, partial(self._start, function))
        return self._handlers[name]

    def _start(self, function: Function) -> Handler:
        self.killer.watch()
        module = import_module(function.handler.rpartition(".")[0])
        clock = {"now": self.clock} if function.logical_id in CLOCKED else {}
        handler: Handler = module.start(function.environment, **clock)
        return handler

    def receive(self, source: QueueSource) -> list[Any]:
        """All messages of a queue."""
        return list(self._receive(source))

    def delete(self, source: QueueSource, messages: Sequence[Any]) -> None:
        """Delete received messages."""
        self._delete(source, messages)

    def _receive(self, source: QueueSource) -> Iterator[Any]:
        empty = 0
        while empty < EMPTY_QUEUE:
            answer = self._sqs.receive_message(
                QueueUrl=source.queue_url, MaxNumberOfMessages=BATCH, MessageSystemAttributeNames=["All"]
            )
            messages = answer.get("Messages", [])
            empty = 0 if messages else empty + 1
            yield from messages

    def _delete(self, source: QueueSource, messages: Sequence[Any]) -> None:
        for first in range(0, len(messages), BATCH):
            entries: list[DeleteMessageBatchRequestEntryTypeDef] = [
                {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
                for number, message in enumerate(messages[first : first + BATCH])
            ]
            self._sqs.delete_message_batch(QueueUrl=source.queue_url, Entries=entries)


def context(function: Function) -> LambdaContext:
    """Return the context of a new invocation, with all its time left."""
    return LambdaContext(
        function_name=function.name,
        invoked_function_arn=function.arn,
        memory_limit_in_mb=function.memory,
        deadline=function.timeout,
        monotonic=lambda: 0.0,
    )


def every(seconds: float, start: datetime, end: datetime) -> list[datetime]:
    """Return the times from `start`, before `end`."""
    step = timedelta(seconds=seconds)
    return [start + step * number for number in range(int((end - start) / step))]
