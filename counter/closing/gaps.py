"""Read -> decide -> act, the middle: which instants become gaps, and which roll-ups to put. Pure."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from counter.rows.occupancy import QuarterHour, Row, RowKey, roll_up
from counter.rows.quarters import by_quarter
from ingest.frames.messages import GapReason
from ingest.registry.camera import Camera, Source
from ingest.registry.registered import RegisteredCamera
from ingest.times import QUARTER_HOUR, quarter_start

INGEST_DELAY = timedelta(minutes=1)
"""How long after its instant the last video for it normally reaches KVS, at most."""

SLICE = 16 * QUARTER_HOUR
"""How much of a camera's past is read at once after the closing has not run for a long time."""


@dataclass(frozen=True)
class SlicePlan:
    """What to put for a part of a camera's past, in this order.

    `complete` are the roll-ups of quarter hours that get no new row; `changed` are the starts of those that
    do. The rows of the latter must be read again: another writer may have read them before the gap was there.
    """

    gaps: tuple[tuple[datetime, GapReason], ...]
    complete: tuple[QuarterHour, ...]
    changed: tuple[datetime, ...]


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


def decide(
    registered: RegisteredCamera,
    span: tuple[datetime, datetime],
    rows: Sequence[Row],
    waiting: Collection[RowKey],
) -> SlicePlan:
    """Decide what to put for [start, end), given its `rows`.

    Roll-ups are put for all quarter hours that have rows: this repairs those whose writer was killed.
    """
    camera = registered.camera
    instants = missing(camera, *span, rows)
    changed = {quarter_start(instant) for instant in instants}
    complete = (
        roll_up(camera.camera_id, start, known)
        for start, known in by_quarter(rows).items()
        if start not in changed
    )
    return SlicePlan(
        tuple((instant, reason(registered, instant, waiting)) for instant in instants),
        tuple(quarter for quarter in complete if quarter),
        tuple(sorted(changed)),
    )
