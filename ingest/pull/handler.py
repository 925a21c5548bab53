"""Pulls the cameras of a batch of requests in parallel: puts their frames, sends their gap notices."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from ingest.aws import queues
from ingest.aws.clients import client_config
from ingest.aws.environ import required
from ingest.aws.failures import AWS_FAILURES
from ingest.aws.handlers import Handler, failing_by_name, started_once
from ingest.aws.queues import MessageQueue
from ingest.errors import OccupancyError
from ingest.frames.bucket import FrameBucket
from ingest.frames.messages import PullRequest
from ingest.kvs.readers import readers
from ingest.pull.camera import pull_camera
from ingest.pull.extraction import PullDependencies, Tally
from ingest.pull.invocation import Invocation
from ingest.pull.outcomes import Failure, report
from ingest.registry.table import CameraRegistry

SPARE = timedelta(seconds=10)
"""No new fragment is begun when the invocation has less than this left."""

LEASE_SPARE = timedelta(seconds=30)
SIDE_BY_SIDE = 10
"""The batch size in the template, and the connections of each client: an environment handles one batch at a
time."""

NOTICE_CONNECTIONS = SIDE_BY_SIDE * queues.SIDE_BY_SIDE
"""To SQS: after an outage each camera may have hundreds of gap notices, sent in parallel."""

logger = Logger(service="pull")


@dataclass(frozen=True)
class PullSettings:
    """What the template passes to this function."""

    camera_table: str
    frame_bucket: str
    frame_queue_url: str

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "PullSettings":
        """Raises MissingVariable."""
        names = ("CAMERA_TABLE", "FRAME_BUCKET", "FRAME_QUEUE_URL")
        return cls(*(required(environ, name) for name in names))


def utc_now() -> datetime:
    """The pull's clock."""
    return datetime.now(UTC)


def start(environ: Mapping[str, str], now: Callable[[], datetime] = utc_now) -> Handler:
    """Create the clients; return a handler of SQS batches that reports the messages it could not read."""
    settings = PullSettings.from_environ(environ)
    config = client_config(SIDE_BY_SIDE)
    to_sqs = client_config(NOTICE_CONNECTIONS)
    registry = CameraRegistry(boto3.client("dynamodb", config=config), settings.camera_table)
    dependencies = PullDependencies(
        kvs=readers(boto3.DEFAULT_SESSION or boto3.Session(), SIDE_BY_SIDE),
        frames=FrameBucket(boto3.client("s3", config=config), settings.frame_bucket),
        notices=MessageQueue(boto3.client("sqs", config=to_sqs), settings.frame_queue_url),
    )

    @failing_by_name
    def handle(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        left = timedelta(milliseconds=context.get_remaining_time_in_millis())
        invocation = Invocation(
            owner=context.aws_request_id,
            now=now(),
            lease=left + LEASE_SPARE,
            time_left=lambda: context.get_remaining_time_in_millis() > SPARE / timedelta(milliseconds=1),
        )
        camera_ids, unreadable = read_requests(event)
        report(pull_all(registry, dependencies, camera_ids, invocation))
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in unreadable]}

    return handle


def read_requests(event: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """(cameras to pull, each once; ids of the messages that are not pull requests)."""
    camera_ids: dict[str, None] = {}
    unreadable = []
    for record in event["Records"]:
        try:
            camera_ids[PullRequest.from_body(record["body"]).camera_id] = None
        except ValueError as error:
            logger.warning(f"a message is not a pull request: {error}", message_id=record["messageId"])
            unreadable.append(record["messageId"])
    return list(camera_ids), unreadable


def pull_all(
    registry: CameraRegistry, dependencies: PullDependencies, camera_ids: list[str], invocation: Invocation
) -> dict[str, Tally | Failure]:
    """Pull the cameras in parallel; the outcome of a camera that fails is its error."""

    def outcome(camera_id: str) -> Tally | Failure:
        try:
            return pull_camera(registry, dependencies, camera_id, invocation)
        except (OccupancyError, *AWS_FAILURES) as error:
            return error

    with ThreadPoolExecutor(SIDE_BY_SIDE) as threads:
        return dict(zip(camera_ids, threads.map(outcome, camera_ids), strict=True))


handler = started_once(start)
