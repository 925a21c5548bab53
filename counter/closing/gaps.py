"""Which due instants of a quarter hour have no row, and why not. Pure."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta

from counter.rows.occupancy import Row, RowKey
from ingest.frames.messages import GapReason
from ingest.registry.camera import Camera, Source
from ingest.registry.registered import RegisteredCamera
from ingest.times import QUARTER_HOUR

INGEST_DELAY = timedelta(minutes=1)
"""How long after its instant the last video for it normally reaches KVS, at most."""

SLICE = 16 * QUARTER_HOUR
"""How much of a camera's past is read at once after the closing has not run for a long time."""


def slices(start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Divide [start, end) into parts of at most SLICE, oldest first; no parts for an empty span."""
    while start < end:
        yield start, min(start + SLICE, end)
        start += SLICE


def missing(camera: Camera, start: datetime, end: datetime, rows: Iterable[Row]) -> list[datetime]:
    """The due instants of [start, end) that have no row."""
    known = {row.instant for row in rows}
    return [instant for instant in camera.due(start, end) if instant not in known]


def reason(registered: RegisteredCamera, instant: datetime, waiting: Collection[RowKey]) -> GapReason:
    """Why an instant has no row; `waiting` are the instants that have a frame in the bucket."""
    camera, pulled_until = registered.camera, registered.cursor.until
    if (camera.camera_id, instant) in waiting:
        return GapReason.NOT_COUNTED
    if camera.source is Source.PUSH:
        return GapReason.NO_FRAME
    if pulled_until is None or pulled_until < instant + INGEST_DELAY:
        return GapReason.NOT_PULLED
    return GapReason.NO_MEDIA
