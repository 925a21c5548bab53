"""The counter Lambda: takes a batch of the frame queue, returns the messages that must be retried."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import boto3
from aws_lambda_powertools.utilities.typing import LambdaContext

from counter.counting.batch import CountingDependencies
from counter.counting.count import WORKERS, Invocation, count
from counter.counting.detection import LabelDetection, Pace
from counter.counting.inspector import FrameInspector
from counter.counting.invocation import FrameQueue, count_in_groups
from counter.counting.isolation import Survival
from counter.counting.messages import Message
from counter.metrics import publish
from counter.rows.kept_rules import KeptRules
from counter.rows.settings import SharedSettings
from counter.rows.table import OccupancyTable
from counter.stores.marks import MarkTable
from ingest.aws.clients import client_config
from ingest.aws.environ import positive_number, required, whole_number
from ingest.aws.handlers import Handler, failing_by_name, started_once
from ingest.frames.bucket import FrameBucket
from ingest.registry.table import CameraRegistry

CONCURRENCY = range(2, 1001)
"""What MaximumConcurrency of an SQS event source may be."""
RESERVE = 15.0
"""Seconds of an invocation reserved for the last detections and for storing their results."""


@dataclass(frozen=True)
class CountingSettings:
    """The environment that the template gives to the counter."""

    shared: SharedSettings
    frame_queue_url: str
    dead_letter_queue_url: str
    detections_per_second: float
    """The share of one invocation: as many as may run at the same time share the rate of the stack."""

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "CountingSettings":
        """Raises WrongEnvironment."""
        invocations = whole_number(environ, "MAXIMUM_CONCURRENCY", CONCURRENCY)
        return cls(
            shared=SharedSettings.from_environ(environ),
            frame_queue_url=required(environ, "FRAME_QUEUE_URL"),
            dead_letter_queue_url=required(environ, "FRAME_DEAD_LETTER_QUEUE_URL"),
            detections_per_second=positive_number(environ, "DETECT_LABELS_PER_SECOND") / invocations,
        )


def utc_now() -> datetime:
    """Return the counter's time."""
    return datetime.now(UTC)


def start(environ: Mapping[str, str], now: Callable[[], datetime] = utc_now) -> Handler:
    """Create the clients once; return a handler that reuses them."""
    settings = CountingSettings.from_environ(environ)
    shared = settings.shared
    config = client_config(WORKERS)
    adaptive = client_config(WORKERS, mode="adaptive")
    dynamodb = boto3.client("dynamodb", config=config)
    bucket = FrameBucket(boto3.client("s3", config=config), shared.frame_bucket)
    pace = Pace(settings.detections_per_second)
    sqs = boto3.client("sqs", config=config)
    queue = FrameQueue(sqs, settings.frame_queue_url)
    survival = Survival()
    dependencies = CountingDependencies(
        registry=CameraRegistry(dynamodb, shared.camera_table),
        table=OccupancyTable(dynamodb, shared.occupancy_table, shared.quarter_hour_table),
        rules=KeptRules(dynamodb, shared.quarter_hour_table),
        marks=MarkTable(dynamodb, shared.store_table),
        bucket=bucket,
        inspector=FrameInspector(bucket),
        detection=LabelDetection(boto3.client("rekognition", config=adaptive), bucket, pace),
        sqs=sqs,
        dead_letter_queue_url=settings.dead_letter_queue_url,
        retention=shared.retention,
    )

    @failing_by_name
    def handle(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        messages = [Message.from_record(record) for record in event["Records"]]
        until = time.monotonic() + context.get_remaining_time_in_millis() / 1000 - RESERVE
        outcome = count_in_groups(
            messages, lambda group: count(group, dependencies, Invocation(now(), until)), queue, survival
        )
        publish("counter", outcome.tally, outcome.gaps)
        return {
            "batchItemFailures": [
                {"itemIdentifier": message.message_id}
                for message in messages
                if message.message_id in outcome.failed_messages
            ]
        }

    return handle


handler = started_once(start)
