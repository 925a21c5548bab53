"""The page of what a demo has counted, by the code of `occupancy report`."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime

import boto3

from counter.analytics.figures import STORE
from counter.history.bucket import HistoryBucket
from counter.history.reading import HistorySource
from counter.report.build import build
from counter.report.page import page
from counter.report.reading import ReportSource, read_series
from counter.report.report import By, Question
from counter.rows.table import OccupancyTable
from counter.stores.marks import MarkTable
from counter.stores.store import of_cameras
from ingest.registry.camera import Camera
from ingest.registry.registered import RegisteredCamera
from ingest.times import next_quarter


def report_page(outputs: Mapping[str, str], cameras: Sequence[Camera], until: datetime) -> str:
    """The page of all cameras from their first moment to `until`, by quarter hour.

    Nothing more comes: so the last quarter hour counts as closed, and nothing is due after it.
    """
    dynamodb, s3 = boto3.client("dynamodb"), boto3.client("s3")
    store = of_cameras(cameras[0].store_id, cameras)
    source = HistorySource(
        HistoryBucket(s3, outputs["HistoryBucketName"]),
        MarkTable(dynamodb, outputs["StoreTableName"]),
        OccupancyTable(dynamodb, outputs["OccupancyTableName"], outputs["QuarterHourTableName"]),
    )
    closed = next_quarter(until)
    first = store.calendar.day_of(min(camera.since for camera in cameras))
    question = Question(STORE, first, store.calendar.day_of(until), By.QUARTER)
    ended = [RegisteredCamera(_stopped(camera), closed_until=closed) for camera in cameras]
    with ThreadPoolExecutor(4) as threads:
        found = read_series(ReportSource(source, threads, store, ended, until), question)
    return page(build(found.series, question, (store.store_id, ""), until))


def _stopped(camera: Camera) -> Camera:
    return replace(camera, sampling=replace(camera.sampling, enabled=False))
