"""The frames that still wait when their quarter hour is closed: whose they are, and which can go. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from counter.closing.gaps import DECIDED
from counter.rows.occupancy import Row, Status
from counter.rows.placing import Cameras, Frame, Refused, place
from counter.rows.table import RowKey
from ingest.frames.keys import UnknownFrameKey, parse
from ingest.registry.camera import Camera, InvalidCamera
from ingest.registry.registered import RegisteredCamera


@dataclass
class Waiting:
    """Frames by the instant they are for; `strays` have none that was ever due."""

    by_instant: dict[RowKey, list[Frame]] = field(default_factory=dict)
    strays: list[str] = field(default_factory=list)


def all_cameras(registered: Iterable[RegisteredCamera | InvalidCamera]) -> Cameras:
    """The whole registry, in the form that frames are put in their places with."""
    by_id: dict[str, Camera | InvalidCamera] = {}
    by_sender: dict[str, list[Camera]] = {}
    for one in registered:
        if isinstance(one, InvalidCamera):
            by_id[one.camera_id] = one
            continue
        by_id[one.camera.camera_id] = one.camera
        if one.camera.sender:
            by_sender.setdefault(one.camera.sender, []).append(one.camera)
    return Cameras(by_id, by_sender)


def sort(objects: Iterable[tuple[str, datetime]], cameras: Cameras, before: datetime) -> Waiting:
    """Those objects (key, time of storing) that are frames of known cameras for instants before `before`.

    All others are left alone: to the counter, or to the bucket's lifecycle rule.
    """
    waiting = Waiting()
    for key, stored in objects:
        try:
            frame = place(key, parse(key), stored, cameras)
        except (UnknownFrameKey, Refused, InvalidCamera, OverflowError):
            continue
        if (frame.instant or frame.frame_time) >= before:
            continue
        if frame.instant is None:
            waiting.strays.append(key)
        else:
            waiting.by_instant.setdefault((frame.camera.camera_id, frame.instant), []).append(frame)
    return waiting


def settled(waiting: Waiting, rows: Mapping[RowKey, Row]) -> dict[RowKey, list[str]]:
    """The frames that are of no use to anybody any more, by instant.

    Their counter died for the last time between storing the row and deleting them. A frame whose instant is
    a gap for another reason stays: when its message is redriven, the gap becomes counted.
    """
    return {
        key: [frame.key for frame in frames]
        for key, frames in waiting.by_instant.items()
        if _is_settled(frames[0].camera, key[1], rows.get(key))
    }


def _is_settled(camera: Camera, instant: datetime, row: Row | None) -> bool:
    if row is None:
        return not camera.is_due(instant)
    return row.status is Status.COUNTED or row.reason in DECIDED
