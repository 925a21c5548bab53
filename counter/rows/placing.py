"""Which camera and which sample instant a frame belongs to. Pure: the cameras are looked up before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from ingest.errors import OccupancyError
from ingest.frames.keys import CLOCK_TOLERANCE, FrameKey, KvsImageKey, OriginalDeepLensKey
from ingest.registry.camera import ORIGINAL_DEEPLENS, Camera, InvalidCamera, stream_sender
from ingest.times import to_text, whole_millis

ParsedKey = FrameKey | OriginalDeepLensKey | KvsImageKey


class Unplaceable(OccupancyError):
    """A frame or a gap notice that belongs to no camera and instant, however often it is retried."""


@dataclass(frozen=True)
class Frame:
    """A frame in the bucket; `instant` is None if it belongs to no due instant."""

    key: str
    camera: Camera
    instant: datetime | None
    frame_time: datetime
    original_deeplens: bool = False


@dataclass(frozen=True)
class Cameras:
    """Cameras by ID and by sender; an InvalidCamera stands for a registry item that cannot be read."""

    by_id: Mapping[str, Camera | InvalidCamera]
    by_sender: Mapping[str, Sequence[Camera] | InvalidCamera]

    def named(self, camera_id: str) -> Camera:
        """The camera with that ID. Raises Unplaceable or InvalidCamera."""
        found = self.by_id.get(camera_id)
        if isinstance(found, InvalidCamera):
            raise found
        if found is None:
            raise Unplaceable(f"camera {camera_id!r} is not in the registry: add it, or stop its sender")
        return found

    def sending_as(self, sender: str) -> Camera:
        """The only camera with that sender. Raises Unplaceable or InvalidCamera."""
        found = self.by_sender.get(sender, ())
        if isinstance(found, InvalidCamera):
            raise found
        if not found:
            raise Unplaceable(f"no camera in the registry sends as {sender!r}: add it, or stop the sender")
        if len(found) > 1:
            names = " and ".join(sorted(repr(camera.camera_id) for camera in found))
            raise Unplaceable(f"cameras {names} both claim the sender {sender!r}: remove it from one of them")
        return found[0]


def sender_of(key: ParsedKey) -> str | None:
    """The sender by which to look up the camera; None if the key contains the camera ID."""
    match key:
        case FrameKey():
            return None
        case OriginalDeepLensKey():
            return ORIGINAL_DEEPLENS
        case KvsImageKey(stream_name):
            return stream_sender(stream_name)


def place(text: str, key: ParsedKey, event_time: datetime, cameras: Cameras) -> Frame:
    """Assign a frame to its camera and instant. `key` is `text` parsed; S3 stored the frame at `event_time`.

    Raises Unplaceable or InvalidCamera.
    """
    sender = sender_of(key)
    match key:
        case FrameKey(camera_id, instant, frame_time):
            reject_ahead(f"key {text!r}", max(instant, frame_time), event_time)
            return Frame(text, cameras.named(camera_id), instant, frame_time)
        case KvsImageKey(stream_name, frame_time):
            camera = cameras.sending_as(stream_sender(stream_name))
        case OriginalDeepLensKey(device_time):
            camera = cameras.sending_as(ORIGINAL_DEEPLENS)
            frame_time = _read_in_zone(device_time, camera, event_time)
    reject_ahead(f"key {text!r}", frame_time, event_time)
    return Frame(text, camera, camera.nearest_instant(frame_time), frame_time, sender == ORIGINAL_DEEPLENS)


def reject_ahead(what: str, time: datetime, event_time: datetime) -> None:
    """Raise Unplaceable if `time` is more than CLOCK_TOLERANCE after `event_time`."""
    if time - event_time > CLOCK_TOLERANCE:
        raise Unplaceable(
            f"{what} has the time {to_text(time)}, but arrived at {to_text(event_time)}:"
            " set its sender's clock"
        )


def _read_in_zone(device_time: datetime, camera: Camera, event_time: datetime) -> datetime:
    """Read a naive time in the camera's time zone; if it exists twice, choose the one nearer to the event."""
    zone = ZoneInfo(camera.sampling_at(event_time).time_zone)
    readings = (device_time.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    return whole_millis(min(readings, key=lambda reading: abs(reading - event_time)))
