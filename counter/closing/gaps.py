"""Which due instants of a quarter hour nobody delivered, and why not. Pure."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta

from counter.rows.occupancy import Row
from counter.rows.table import RowKey
from ingest.frames.messages import GapReason
from ingest.registry.camera import Camera, Source
from ingest.registry.registered import RegisteredCamera
from ingest.times import QUARTER_HOUR, quarter_start

GRACE = timedelta(minutes=15)
"""How long after its end a quarter hour is closed: what comes later finds a gap and fills it."""

INGEST_DELAY = timedelta(minutes=1)
"""How much later than its instant the last video for it may reach KVS in the ordinary course of things."""

SLICE = 16 * QUARTER_HOUR
"""How much of a camera's past is read at once where the closing was away for long."""

DECIDED = frozenset({GapReason.UNREADABLE_IMAGE, GapReason.NOT_LOCALISED})
"""Gaps that a frame itself is the reason for: it was looked at and can go."""


def closable_until(now: datetime) -> datetime:
    """The end of the last quarter hour that can be closed now."""
    return quarter_start(now - GRACE)


def slices(start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """[start, end) in parts of at most SLICE, oldest first; nothing where it is empty."""
    while start < end:
        yield start, min(start + SLICE, end)
        start += SLICE


def missing(camera: Camera, start: datetime, end: datetime, rows: Iterable[Row]) -> list[datetime]:
    """The due instants of [start, end) that have no row."""
    there = {row.instant for row in rows}
    return [instant for instant in camera.due(start, end) if instant not in there]


def reason(registered: RegisteredCamera, instant: datetime, waiting: Collection[RowKey]) -> GapReason:
    """Why an instant has no row; `waiting` are those with a frame in the bucket."""
    camera, looked = registered.camera, registered.cursor.until
    if (camera.camera_id, instant) in waiting:
        return GapReason.NOT_COUNTED
    if camera.source is Source.PUSH:
        return GapReason.NO_FRAME
    if looked is None or looked < instant + INGEST_DELAY:
        return GapReason.NOT_PULLED
    return GapReason.NO_MEDIA


def by_quarter(rows: Iterable[Row]) -> dict[datetime, list[Row]]:
    """The rows of each quarter hour that has any."""
    quarters: dict[datetime, list[Row]] = {}
    for row in rows:
        quarters.setdefault(quarter_start(row.instant), []).append(row)
    return quarters
