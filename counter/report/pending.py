"""What is due on the open days and not closed yet, as lines without counts: so it shows as pending. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from ingest.registry.camera import Camera
from ingest.registry.registered import RegisteredCamera
from ingest.times import EPOCH, QUARTER_HOUR, quarter_start

_MINUTE = timedelta(minutes=1)


def with_pending(
    objects: Iterable[Mapping[str, Any]], cameras: Sequence[RegisteredCamera], span: tuple[datetime, datetime]
) -> list[dict[str, Any]]:
    """The lines of a day, `span`, and all that is due of its quarter hours which are not closed.

    A roll-up of an open quarter hour has only the instants that are counted so far.
    """
    lines = {(line["camera"], line["start"]): dict(line) for line in objects}
    for registered in cameras:
        for start, due in _open_quarters(registered, span):
            camera = registered.camera
            key = camera.camera_id, f"{start:%Y-%m-%dT%H:%M:%SZ}"
            line = lines.setdefault(key, _nothing_counted(camera, key[1]))
            line["due"] = max(line["due"], due)
    return list(lines.values())


def due_number(camera: Camera, start: datetime, end: datetime) -> int:
    """The number of due instants in [start, end), which begin with a minute; as fast at any interval."""
    if not camera.sampling_at(start).enabled:
        return 0
    step = camera.sampling_at(start).step
    if step >= _MINUTE or camera.since > start or any(start < change.until for change in camera.previous):
        return sum(1 for _ in camera.due(start, end))
    # Opening hours are of whole minutes: within an open one all instants are due.
    minutes = (start + number * _MINUTE for number in range((end - start) // _MINUTE))
    open_minutes = (minute for minute in minutes if camera.sampling.is_open(minute))
    return sum(_multiples(minute + _MINUTE, step) - _multiples(minute, step) for minute in open_minutes)


def _multiples(time: datetime, step: timedelta) -> int:
    """The number of sample instants before `time`."""
    return -((EPOCH - time) // step)


def _open_quarters(
    registered: RegisteredCamera, span: tuple[datetime, datetime]
) -> Iterator[tuple[datetime, int]]:
    camera = registered.camera
    start = quarter_start(max(span[0], registered.closed_until or camera.since))
    while start < span[1]:
        due = due_number(camera, start, start + QUARTER_HOUR)
        if due:
            yield start, due
        start += QUARTER_HOUR


def _nothing_counted(camera: Camera, start: str) -> dict[str, Any]:
    return {
        "store": camera.store_id,
        "camera": camera.camera_id,
        "area": camera.area,
        "start": start,
        "due": 0,
        "counted": 0,
        "person_seconds": 0,
        "counted_seconds": 0,
        "gaps_by_reason": {},
        "zone_person_seconds": dict.fromkeys(camera.zones, 0),
        "histogram": {},
        "zone_histograms": {},
    }
