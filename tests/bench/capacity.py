"""Frames to rows at the rates of the template: what the counter reaches, over stubs of stated latency.

The counter's handler runs as often at the same time as the template's mapping says, each in an environment
of its own; the queue always has more frames than a batch takes. The processor of an environment is a stub,
too: a lock that each call holds for its share of a frame's processor time. All times are stretched, so that
this machine's own processor, which all environments share here, does not decide. `two` is the counter as it
was: two invocations of 512 MB with 25 frames for every rate.
"""

import io
import json
import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from statistics import median
from threading import Lock
from typing import Any

import boto3

from counter.counting.handler import start
from ingest.aws.dynamodb import to_item
from ingest.aws.handlers import Handler
from ingest.frames.keys import FrameKey
from ingest.registry.camera import Camera
from ingest.registry.items import settings_item
from ingest.registry.sampling import Sampling
from ingest.times import to_text
from tests.bench._stubs import Stubs
from tests.infra.capacity.test_rates import BETWEEN, CPU, VCPU_MEMORY, Line

STRETCH = {5: 6, 50: 6, 300: 12}
"""Rate -> how much longer everything takes than it says."""
ROUNDS = 3
CAMERAS = 600
CALLS_OF_A_FRAME = 4
LATENCY = {"s3": 0.03, "dynamodb": 0.01, "sqs": 0.01}
DETECT = (0.3, 0.9)
"""Seconds of a DetectLabels call, evenly distributed."""
TIMEOUT = 60
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Plan:
    """What runs: `share` is an environment's images a second, `processor` its part of a vCPU."""

    rate: int
    name: str
    invocations: int
    batch: int
    processor: float

    @property
    def stretch(self) -> int:
        """How much longer everything takes."""
        return STRETCH[self.rate]


def plans(rate: int) -> list[Plan]:
    """The counter as it was, which is the mapping's at 5, and as the template's mapping has it."""
    line = Line(rate)
    mapped = Plan(rate, "mapping", line.invocations, line.batch, line.processor)
    return [mapped] if rate == 5 else [Plan(rate, "two", 2, 25, 512 / VCPU_MEMORY), mapped]


class Environment(Stubs):
    """The services as one execution environment sees them, and its processor."""

    def __init__(self, plan: Plan, loader: Any, tables: Any, seed: int) -> None:
        super().__init__({})
        self.session._session.register_component("data_loader", loader)
        self.tables = tables
        self.starts: list[float] = []
        self._plan, self._random, self._processor = plan, Random(seed), Lock()

    def _send(self, request: Any, event_name: str, **more: Any) -> Any:
        service = event_name.split(".")[1]
        with self._processor:
            time.sleep(CPU / CALLS_OF_A_FRAME / self._plan.processor * self._plan.stretch)
        if service == "rekognition":
            self.starts.append(time.monotonic())
        seconds = self._random.uniform(*DETECT) if service == "rekognition" else LATENCY[service]
        time.sleep(seconds * self._plan.stretch)
        return super()._send(request, event_name, **more)

    def started(self) -> Handler:
        """The counter's handler, at its share of the stretched rate."""
        boto3.DEFAULT_SESSION = self.session
        try:
            return start(
                {
                    "CAMERA_TABLE": "cameras",
                    "OCCUPANCY_TABLE": "occupancy",
                    "QUARTER_HOUR_TABLE": "quarters",
                    "FRAME_BUCKET": "frames",
                    "FRAME_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/frame",
                    "FRAME_DEAD_LETTER_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/dead",
                    "DETECT_LABELS_PER_SECOND": str(self._plan.rate / self._plan.stretch),
                    "MAXIMUM_CONCURRENCY": str(self._plan.invocations),
                    "ROW_RETENTION_DAYS": "400",
                },
                lambda: NOW,
            )
        finally:
            boto3.DEFAULT_SESSION = None


@dataclass(frozen=True)
class Context:
    """An invocation that has just begun."""

    seconds: float

    def get_remaining_time_in_millis(self) -> int:
        """All of its time."""
        return round(self.seconds * 1000)


def main() -> None:
    """Print the table."""
    logging.getLogger("counter").setLevel(logging.ERROR)
    print(
        f"DetectLabels {DETECT[0]:g} to {DETECT[1]:g} s, S3 {LATENCY['s3'] * 1000:.0f} ms, DynamoDB"
        f" {LATENCY['dynamodb'] * 1000:.0f} ms a call; {CPU * 1000:.1f} ms of a vCPU a frame; {BETWEEN:g} s"
        f" between two batches; medians of {ROUNDS} rounds of a batch of each invocation"
    )
    print("wanted  counter  invocations  batch  reached  of wanted  most in a second  batch s")
    for rate in STRETCH:
        for plan in plans(rate):
            rounds = [_round(plan, seed) for seed in range(ROUNDS)]
            reached, most, seconds = (median(figures) for figures in zip(*rounds, strict=True))
            print(
                f"{rate:6}  {plan.name:7}  {plan.invocations:11}  {plan.batch:5}  {reached:7.1f}"
                f"  {reached / rate:9.2f}  {most:16.0f}  {seconds:7.1f}",
                flush=True,
            )


def _round(plan: Plan, seed: int) -> tuple[float, float, float]:
    """Images a second, the most that began in a second, and the seconds of a batch, all not stretched."""
    loader = boto3.Session()._session.get_component("data_loader")
    tables = Stubs({}).tables
    tables["cameras"] = {camera.camera_id: {"": _item(camera)} for camera in map(_camera, range(CAMERAS))}
    environments = [
        Environment(plan, loader, tables, 1000 * seed + number) for number in range(plan.invocations)
    ]
    frames, taking = count(), Lock()

    def invoke(handler: Callable[[Any, Any], Any], batch: int) -> float:
        with taking:
            records = [_record(next(frames)) for _ in range(batch)]
        begun = time.monotonic()
        answer = handler({"Records": records}, Context(TIMEOUT * plan.stretch))
        assert answer == {"batchItemFailures": []}, f"{len(answer['batchItemFailures'])} not counted"
        return (time.monotonic() - begun) / plan.stretch

    handlers = [environment.started() for environment in environments]
    with _silence(), ThreadPoolExecutor(plan.invocations) as threads:
        list(threads.map(lambda handler: invoke(handler, 1), handlers))  # connections, models, caches
        for environment in environments:
            environment.starts.clear()
        begun = time.monotonic()
        batches = list(threads.map(lambda handler: invoke(handler, plan.batch), handlers))
        seconds = (time.monotonic() - begun) / plan.stretch + BETWEEN
    starts = sorted((it - begun) / plan.stretch for environment in environments for it in environment.starts)
    total = plan.invocations * plan.batch
    assert len(starts) == total == sum(map(len, tables["occupancy"].values())) - plan.invocations
    return total / seconds, _most_in_a_second(starts), median(batches)


def _most_in_a_second(starts: list[float]) -> int:
    most, first = 0, 0
    for last, moment in enumerate(starts):
        while moment - starts[first] >= 1:
            first += 1
        most = max(most, last - first + 1)
    return most


@contextmanager
def _silence() -> Iterator[None]:
    with redirect_stdout(io.StringIO()):
        yield


def _camera(number: int) -> Camera:
    since = NOW - timedelta(days=1)
    return Camera(f"camera-{number}", "store", since, stream_name=f"s{number}", sampling=Sampling(60))


def _item(camera: Camera) -> Any:
    return settings_item(camera) | to_item({"CameraId": camera.camera_id, "Revision": 1})


def _record(number: int) -> dict[str, Any]:
    instant = NOW - timedelta(minutes=30) + timedelta(minutes=number // CAMERAS)
    key = FrameKey(f"camera-{number % CAMERAS}", instant, instant - timedelta(milliseconds=400))
    created = {
        "eventName": "ObjectCreated:Put",
        "eventTime": to_text(instant + timedelta(seconds=1)),
        "s3": {"bucket": {"name": "frames"}, "object": {"key": str(key)}},
    }
    return {
        "messageId": str(number),
        "receiptHandle": str(number),
        "body": json.dumps({"Records": [created]}),
        "attributes": {"ApproximateReceiveCount": "1"},
    }
