"""Whether the pull and the closing keep up with a camera, from its registry item. Pure."""

from datetime import datetime, timedelta

from counter.rows.quarters import closable_until
from ingest.registry.camera import Source
from ingest.registry.registered import RegisteredCamera
from ingest.times import QUARTER_HOUR

PULLED_WITHIN = timedelta(minutes=5)
"""Within this time the pull should have handled a due instant."""


def first_not_pulled(registered: RegisteredCamera, now: datetime) -> datetime | None:
    """The first due instant that the pull should have handled by now and has not; None for push cameras."""
    camera = registered.camera
    if camera.source is not Source.KVS:
        return None
    return next(camera.due(registered.cursor.until or camera.since, now - PULLED_WITHIN), None)


def not_closed_since(registered: RegisteredCamera, now: datetime) -> datetime | None:
    """The end of the last closed quarter hour, if due instants after it should have been closed by now."""
    closed = registered.closed_until or registered.camera.since
    # The closing of the last one may be running just now.
    until = closable_until(now) - QUARTER_HOUR
    return closed if next(registered.camera.due(closed, until), None) is not None else None
