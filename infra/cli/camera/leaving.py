"""A camera that leaves its store: the history must not lose what the closing has not seen of it there."""

from datetime import datetime, timedelta

from counter.stores.marks import MarkTable
from ingest.registry.registered import RegisteredCamera
from ingest.times import QUARTER_HOUR, next_quarter, quarter_start

LONGEST = timedelta(days=35)
"""Older quarter hours that are not closed yet are named to the history by the closing itself."""


def mark_left(marks: MarkTable, before: RegisteredCamera, now: datetime) -> None:
    """Mark the quarter hours of a camera that was removed or has moved, from the last closed one to now."""
    camera = before.camera
    first = quarter_start(max(before.closed_until or camera.since, now - LONGEST))
    count = max(1, (next_quarter(now) - first) // QUARTER_HOUR)
    marks.mark(camera.store_id, camera.camera_id, [first + number * QUARTER_HOUR for number in range(count)])
