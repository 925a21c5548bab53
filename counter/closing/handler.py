"""The closing Lambda: every quarter hour, due instants without a row become gaps with their reasons.

Then it writes the history of the days that are over. Once a day it also sends the daily message, which
names the dark cameras.
"""

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import boto3
from aws_lambda_powertools.utilities.typing import LambdaContext

from counter.closing.camera import ClosingDependencies
from counter.closing.daily import DailyMessageSettings, examine, send
from counter.closing.run import ClosingResult, run
from counter.diagnosis.daily_message import compose
from counter.history.bucket import HistoryBucket
from counter.metrics import publish
from counter.rows.settings import SharedSettings
from counter.rows.table import OccupancyTable
from counter.stores.marks import MarkTable
from counter.stores.table import StoreTable
from ingest.aws.clients import client_config
from ingest.aws.environ import required
from ingest.aws.handlers import Handler, failing_by_name, started_once
from ingest.errors import OccupancyError
from ingest.frames.bucket import FrameBucket
from ingest.registry.table import CameraRegistry
from ingest.times import from_text

WORKERS = 32
"""Cameras that are closed in parallel."""
RESERVE = 15.0
"""Seconds of an invocation reserved to finish the cameras in progress and to report the others."""
MESSAGE_SECONDS = 60.0
"""More seconds reserved for the daily message, in the run that sends it: 500 cameras need about 4."""


class NoTime(OccupancyError):
    """The event has no valid scheduled time."""


def start(environ: Mapping[str, str]) -> Handler:
    """Create the clients once; return a handler that reuses them."""
    settings = SharedSettings.from_environ(environ)
    daily = DailyMessageSettings.from_environ(environ)
    config = client_config(WORKERS)
    dynamodb = boto3.client("dynamodb", config=config)
    registry = CameraRegistry(dynamodb, settings.camera_table)
    table = OccupancyTable(dynamodb, settings.occupancy_table, settings.quarter_hour_table)
    s3 = boto3.client("s3", config=config)
    bucket = FrameBucket(s3, settings.frame_bucket)
    stores, marks = StoreTable(dynamodb, settings.store_table), MarkTable(dynamodb, settings.store_table)
    history = HistoryBucket(s3, required(environ, "HISTORY_BUCKET"))
    sns = boto3.client("sns", config=client_config())

    @failing_by_name
    def handle(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        now = _time_of(event)
        end = time.monotonic() + context.get_remaining_time_in_millis() / 1000 - RESERVE
        is_message_due = daily.is_due(now)
        left = end - time.monotonic()
        last = end - min(MESSAGE_SECONDS, left / 2) if is_message_due else end
        dependencies = ClosingDependencies(
            registry,
            table,
            stores,
            marks,
            bucket,
            history,
            settings.retention,
            lambda: time.monotonic() > last,
        )
        with ThreadPoolExecutor(WORKERS) as threads:
            result = run(dependencies, threads, now)
        tally = _tally(result)
        publish("closing", tally, result.gaps)
        if is_message_due:
            # Last: after a failure Lambda repeats the run, which is harmless. A message may come twice.
            with ThreadPoolExecutor(WORKERS) as threads:
                report = examine(dependencies, threads, daily.stack, now, lambda: time.monotonic() > end)
            send(sns, daily.topic, compose(report))
        return tally

    return handle


handler = started_once(start)


def _tally(result: ClosingResult) -> dict[str, int]:
    """The run's numbers, as its log line has them."""
    return {
        "Due": result.coverage.due,
        "NotPulled": result.coverage.not_pulled,
        "OtherGaps": result.coverage.other_gaps,
        "InstantsOverdue": result.overdue,
        "Cameras": result.cameras,
        "InvalidCameras": len(result.invalid),
        "Failed": len(result.failures) + len(result.history_failures),
        "LeftoversDeleted": result.leftovers,
        "HistoryDays": result.history_days,
    }


def _time_of(event: Mapping[str, Any]) -> datetime:
    """The scheduled time of the run. Raises NoTime."""
    try:
        return from_text(event["time"])
    except (KeyError, TypeError, ValueError) as error:
        raise NoTime(f"event time is {event.get('time')!r}, expected 2026-11-22T14:30:00Z") from error
