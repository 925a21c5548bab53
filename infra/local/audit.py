"""Checks guarantee 3 on every request: no frame is deleted before its row is stored."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock
from xml.etree import ElementTree as ET

from counter.rows.table import OccupancyTable
from infra.local.aws.request_observer import ObservedRequest
from ingest.frames.keys import FrameKey, UnknownFrameKey, parse
from ingest.registry.camera import Camera
from ingest.registry.table import CameraRegistry


@dataclass
class Audit:
    """Sees each deletion in the frame bucket before S3 does; `early` has the keys without a row."""

    bucket: str
    registry: CameraRegistry
    table: OccupancyTable
    early: list[str] = field(default_factory=list)
    deleted: int = 0
    _lock: Lock = field(default_factory=Lock)

    def before(self, request: ObservedRequest) -> None:
        """Look up the row of each frame that is about to be deleted."""
        keys = deleted_keys(request, self.bucket)
        frames = [frame for frame in map(_frame, keys) if frame is not None]
        early = self._without_row(frames)
        with self._lock:
            self.deleted += len(keys)
            self.early += map(str, early)

    def after(self, request: ObservedRequest, status: int) -> None:
        """Do nothing: asking too early is a violation, whatever S3 answers."""

    def _without_row(self, frames: Sequence[FrameKey]) -> list[FrameKey]:
        stored = self.table.get((frame.camera_id, frame.instant) for frame in frames) if frames else {}
        missing = [frame for frame in frames if (frame.camera_id, frame.instant) not in stored]
        cameras = self.registry.get_many(frame.camera_id for frame in missing) if missing else {}
        return [frame for frame in missing if _needs_row(cameras.get(frame.camera_id), frame)]


def deleted_keys(request: ObservedRequest, bucket: str) -> list[str]:
    """The keys that a DeleteObject or DeleteObjects request to `bucket` names (path-style address)."""
    named, _, key = request.path.removeprefix("/").partition("/")
    if named != bucket:
        return []
    if request.method == "DELETE":
        return [key] if key else []
    if "delete" not in request.query:
        return []
    # S3's element names are in a namespace, which some clients leave out.
    document = ET.fromstring(request.body)  # noqa: S314 - from clients on this machine
    return [element.text or "" for element in document.iterfind("{*}Object/{*}Key")]


def _frame(key: str) -> FrameKey | None:
    """Parse a key; None for the forms that do not name their instant."""
    try:
        frame = parse(key)
    except UnknownFrameKey:
        return None
    return frame if isinstance(frame, FrameKey) else None


def _needs_row(camera: object, frame: FrameKey) -> bool:
    """Whether the frame's instant is due: other frames are deleted without a row."""
    return isinstance(camera, Camera) and camera.is_due(frame.instant)
