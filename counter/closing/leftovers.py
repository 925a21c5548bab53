"""Frames still in the bucket when their quarter hour is closed: whose they are, and which to delete. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from counter.rows.occupancy import Row, RowKey
from counter.rows.placing import Cameras, Frame, Unplaceable, place
from ingest.frames.keys import UnknownFrameKey, parse
from ingest.registry.camera import Camera, InvalidCamera
from ingest.registry.registered import RegisteredCamera


@dataclass
class WaitingFrames:
    """Frames by camera and instant; `never_due` are the keys of frames that belong to no due instant."""

    by_instant: dict[RowKey, list[Frame]] = field(default_factory=dict)
    never_due: list[str] = field(default_factory=list)


def all_cameras(registered: Iterable[RegisteredCamera | InvalidCamera]) -> Cameras:
    """Index the whole registry by camera ID and by sender."""
    by_id: dict[str, Camera | InvalidCamera] = {}
    by_sender: dict[str, list[Camera]] = {}
    for entry in registered:
        if isinstance(entry, InvalidCamera):
            by_id[entry.camera_id] = entry
            continue
        by_id[entry.camera.camera_id] = entry.camera
        if entry.camera.sender:
            by_sender.setdefault(entry.camera.sender, []).append(entry.camera)
    return Cameras(by_id, by_sender)


def waiting_frames(
    objects: Iterable[tuple[str, datetime]], cameras: Cameras, before: datetime
) -> WaitingFrames:
    """The objects (key, LastModified) that are frames of known cameras for instants before `before`.

    All others are left to the counter or to the bucket's lifecycle rule.
    """
    waiting = WaitingFrames()
    for key, stored in objects:
        try:
            frame = place(key, parse(key), stored, cameras)
        except (UnknownFrameKey, Unplaceable, InvalidCamera, OverflowError):
            continue
        if (frame.instant or frame.frame_time) >= before:
            continue
        if frame.instant is None:
            waiting.never_due.append(key)
        else:
            waiting.by_instant.setdefault((frame.camera.camera_id, frame.instant), []).append(frame)
    return waiting


def leftovers(waiting: WaitingFrames, rows: Mapping[RowKey, Row]) -> dict[RowKey, list[str]]:
    """The keys of the frames that are no longer needed, by camera and instant.

    Their counter was killed between storing the row and deleting them, on the message's last delivery. A
    frame whose instant is a gap for another reason stays: redriving its message makes it counted.
    """
    return {
        key: [frame.key for frame in frames]
        for key, frames in waiting.by_instant.items()
        if _is_leftover(frames[0].camera, key[1], rows.get(key))
    }


def _is_leftover(camera: Camera, instant: datetime, row: Row | None) -> bool:
    return row.analysed if row is not None else not camera.is_due(instant)
