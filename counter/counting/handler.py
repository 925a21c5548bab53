"""The counter Lambda: a batch of the frame queue in, the messages that must come again out."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import boto3
from aws_lambda_powertools.utilities.typing import LambdaContext

from counter.counting.batch import Outside
from counter.counting.batch_reader import Message
from counter.counting.count import WORKERS, Timing, count
from counter.counting.detection import LabelDetection, Pace
from counter.metrics import publish
from counter.rows.settings import Stores
from counter.rows.table import OccupancyTable
from ingest.aws.clients import client_config
from ingest.aws.environ import positive_number, required
from ingest.aws.handlers import Handler, failing_by_name, started_once
from ingest.frames.bucket import FrameBucket
from ingest.registry.table import CameraRegistry

INVOCATIONS = 2
"""How many batches run at once: the least MaximumConcurrency of an SQS event source. They share the rate."""
CONNECTIONS = INVOCATIONS * WORKERS
"""Of each client: where one process runs the batches side by side, as the local cloud does, they share it."""
RESERVE = 15.0
"""Seconds of an invocation kept for the last answers and for storing them."""


@dataclass(frozen=True)
class Settings:
    """What the template tells the counter."""

    stores: Stores
    dead_letter_queue_url: str
    detect_labels_per_second: float

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "Settings":
        """Raises WrongEnvironment."""
        return cls(
            stores=Stores.from_environ(environ),
            dead_letter_queue_url=required(environ, "FRAME_DEAD_LETTER_QUEUE_URL"),
            detect_labels_per_second=positive_number(environ, "DETECT_LABELS_PER_SECOND"),
        )


def start(environ: Mapping[str, str]) -> Handler:
    """Build the clients once; the handler that comes back uses them again."""
    settings = Settings.from_environ(environ)
    stores = settings.stores
    config = client_config(CONNECTIONS)
    adaptive = client_config(CONNECTIONS, mode="adaptive")
    dynamodb = boto3.client("dynamodb", config=config)
    pace = Pace(settings.detect_labels_per_second / INVOCATIONS)
    outside = Outside(
        registry=CameraRegistry(dynamodb, stores.camera_table),
        table=OccupancyTable(dynamodb, stores.occupancy_table, stores.quarter_hour_table),
        bucket=FrameBucket(boto3.client("s3", config=config), stores.frame_bucket),
        detection=LabelDetection(boto3.client("rekognition", config=adaptive), stores.frame_bucket, pace),
        sqs=boto3.client("sqs", config=config),
        dead_letter_queue_url=settings.dead_letter_queue_url,
        retention=stores.retention,
    )

    @failing_by_name
    def handle(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        messages = [Message(record["messageId"], record["body"]) for record in event["Records"]]
        until = time.monotonic() + context.get_remaining_time_in_millis() / 1000 - RESERVE
        batch = count(messages, outside, Timing(datetime.now(UTC), until))
        publish("counter", batch.tally, batch.gaps)
        return {
            "batchItemFailures": [
                {"itemIdentifier": message.message_id}
                for message in messages
                if message.message_id in batch.failed_messages
            ]
        }

    return handle


handler = started_once(start)
