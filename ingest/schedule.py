"""Schedule, every minute: decides which cameras to pull now, and sends the pull one message for each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from ingest.aws.clients import client_config
from ingest.aws.environ import required
from ingest.aws.handlers import Handler, failing_by_name, started_once
from ingest.aws.queues import SIDE_BY_SIDE, MessageQueue
from ingest.frames.messages import PullRequest
from ingest.registry.camera import InvalidCamera, Source
from ingest.registry.live_reading import TICK, read_every
from ingest.registry.registered import RegisteredCamera
from ingest.registry.table import CameraRegistry
from ingest.times import MILLISECOND, from_text

LATE_VIDEO_EVERY = timedelta(minutes=15)
"""How often a camera is pulled while nothing is due: its gateway may deliver video late."""

LATE_VIDEO_AFTER_LAST = timedelta(hours=24)
"""How long after its last due instant a disabled camera is pulled."""

logger = Logger(service="schedule")


@dataclass(frozen=True)
class ScheduleSettings:
    """What the template passes to this function."""

    camera_table: str
    pull_queue_url: str

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "ScheduleSettings":
        """Raises MissingVariable."""
        return cls(required(environ, "CAMERA_TABLE"), required(environ, "PULL_QUEUE_URL"))


def is_pull_due(registered: RegisteredCamera, now: datetime) -> bool:
    """Whether to pull the camera now. Pure."""
    camera, cursor = registered.camera, registered.cursor
    if camera.source is not Source.KVS or camera.since > now:
        return False
    if cursor.until is None or cursor.pending:
        return True
    after_now = now + MILLISECOND
    if any(camera.due(cursor.until + MILLISECOND, after_now)):
        return True
    # A stream that is read live, in opening hours: if it is not read now, it is read a tick later.
    if (
        cursor.after is not None
        and now - cursor.until > read_every(cursor.rate) - TICK
        and camera.sampling_at(now).is_open(now)
    ):
        return camera.sampling_at(now).enabled
    return now - cursor.until > LATE_VIDEO_EVERY and (
        camera.sampling.enabled or any(camera.due(now - LATE_VIDEO_AFTER_LAST, after_now))
    )


def schedule(registry: CameraRegistry, pull_queue: MessageQueue, now: datetime) -> tuple[int, int]:
    """Request a pull of each camera that is due for one: (requested, unreadable). Raises NotSent."""
    bodies, unreadable = [], 0
    for registered in registry.scan():
        if isinstance(registered, InvalidCamera):
            unreadable += 1
            logger.error(str(registered), camera=registered.camera_id)
        elif is_pull_due(registered, now):
            bodies.append(PullRequest(registered.camera.camera_id).to_body())
    return pull_queue.send(bodies), unreadable


def start(environ: Mapping[str, str]) -> Handler:
    """Create the clients; return a handler of events that have `time`, the tick's scheduled time."""
    settings = ScheduleSettings.from_environ(environ)
    registry = CameraRegistry(boto3.client("dynamodb", config=client_config()), settings.camera_table)
    sqs = boto3.client("sqs", config=client_config(SIDE_BY_SIDE))
    pull_queue = MessageQueue(sqs, settings.pull_queue_url)

    @failing_by_name
    def handle(event: dict[str, Any], _: LambdaContext) -> dict[str, Any]:
        asked, unreadable = schedule(registry, pull_queue, from_text(event["time"]))
        logger.info("counters", extra={"PullsRequested": asked, "CamerasUnreadable": unreadable})
        return {"asked": asked, "unreadable": unreadable}

    return handle


handler = started_once(start)
