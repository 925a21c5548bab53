"""The closing Lambda: every quarter hour, what nobody delivered becomes gaps with their reasons."""

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import boto3
from aws_lambda_powertools.utilities.typing import LambdaContext

from counter.closing.camera import Outside
from counter.closing.run import run
from counter.metrics import publish
from counter.rows.settings import Stores
from counter.rows.table import OccupancyTable
from ingest.aws.clients import client_config
from ingest.aws.handlers import Handler, failing_by_name, started_once
from ingest.errors import OccupancyError
from ingest.frames.bucket import FrameBucket
from ingest.registry.table import CameraRegistry
from ingest.times import from_text

WORKERS = 32
"""Cameras that are closed side by side."""
RESERVE = 15.0
"""Seconds of an invocation kept to end what has begun and to say what has not."""


Settings = Stores
"""The closing is told nothing beyond them."""


class NoTime(OccupancyError):
    """The event does not say when it is."""


def start(environ: Mapping[str, str]) -> Handler:
    """Build the clients once; the handler that comes back uses them again."""
    stores = Settings.from_environ(environ)
    config = client_config(WORKERS)
    dynamodb = boto3.client("dynamodb", config=config)
    registry = CameraRegistry(dynamodb, stores.camera_table)
    table = OccupancyTable(dynamodb, stores.occupancy_table, stores.quarter_hour_table)
    bucket = FrameBucket(boto3.client("s3", config=config), stores.frame_bucket)

    @failing_by_name
    def handle(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        now = _time_of(event)
        last = time.monotonic() + context.get_remaining_time_in_millis() / 1000 - RESERVE
        outside = Outside(registry, table, bucket, stores.retention, lambda: time.monotonic() > last)
        with ThreadPoolExecutor(WORKERS) as threads:
            closed = run(outside, threads, now)
        tally = {
            "InstantsOverdue": closed.overdue,
            "InvalidCameras": len(closed.invalid),
            "Failed": len(closed.failures),
            "LeftoversDeleted": closed.leftovers,
        }
        publish("closing", tally, closed.gaps)
        return tally

    return handle


handler = started_once(start)


def _time_of(event: Mapping[str, Any]) -> datetime:
    """When the run was scheduled. Raises NoTime."""
    try:
        return from_text(event["time"])
    except (KeyError, TypeError, ValueError) as error:
        raise NoTime(f"event time is {event.get('time')!r}, expected 2026-11-22T14:30:00Z") from error
