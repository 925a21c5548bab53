"""Whose frame it is, and for which sample instant. Pure: the cameras have been looked up before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from ingest.errors import OccupancyError
from ingest.frames.keys import CLOCK_TOLERANCE, FrameKey, KvsImageKey, OriginalDeepLensKey
from ingest.registry.camera import ORIGINAL_DEEPLENS, Camera, InvalidCamera, stream_sender
from ingest.times import to_text, whole_millis

Key = FrameKey | OriginalDeepLensKey | KvsImageKey


class Refused(OccupancyError):
    """A frame or a gap notice that nobody can ever handle."""


@dataclass(frozen=True)
class Frame:
    """A frame in the bucket and what it shows; `instant` is None where no due instant is near."""

    key: str
    camera: Camera
    instant: datetime | None
    frame_time: datetime
    original_deeplens: bool = False


@dataclass(frozen=True)
class Cameras:
    """The cameras that may be needed; one whose item cannot be read stands for itself."""

    by_id: Mapping[str, Camera | InvalidCamera]
    by_sender: Mapping[str, Sequence[Camera] | InvalidCamera]

    def named(self, camera_id: str) -> Camera:
        """The camera of that name. Raises Refused or InvalidCamera."""
        found = self.by_id.get(camera_id)
        if isinstance(found, InvalidCamera):
            raise found
        if found is None:
            raise Refused(f"camera {camera_id!r} is not in the registry: add it, or stop its sender")
        return found

    def sending_as(self, sender: str) -> Camera:
        """The one camera with that sender. Raises Refused or InvalidCamera."""
        found = self.by_sender.get(sender, ())
        if isinstance(found, InvalidCamera):
            raise found
        if not found:
            raise Refused(f"no camera in the registry sends as {sender!r}: add it, or stop the sender")
        if len(found) > 1:
            names = " and ".join(sorted(repr(camera.camera_id) for camera in found))
            raise Refused(f"cameras {names} both claim the sender {sender!r}: leave it to one of them")
        return found[0]


def sender_of(key: Key) -> str | None:
    """What to look the camera up by, or None where the key names the camera."""
    match key:
        case FrameKey():
            return None
        case OriginalDeepLensKey():
            return ORIGINAL_DEEPLENS
        case KvsImageKey(stream_name):
            return stream_sender(stream_name)


def place(text: str, key: Key, event_time: datetime, cameras: Cameras) -> Frame:
    """Put the frame with the key `text`, read as `key`, on its instant; S3 stored it at `event_time`.

    Raises Refused or InvalidCamera.
    """
    sender = sender_of(key)
    match key:
        case FrameKey(camera_id, instant, frame_time):
            refuse_ahead(f"key {text!r}", max(instant, frame_time), event_time)
            return Frame(text, cameras.named(camera_id), instant, frame_time)
        case KvsImageKey(stream_name, frame_time):
            camera = cameras.sending_as(stream_sender(stream_name))
        case OriginalDeepLensKey(device_time):
            camera = cameras.sending_as(ORIGINAL_DEEPLENS)
            frame_time = _read_in_zone(device_time, camera, event_time)
    refuse_ahead(f"key {text!r}", frame_time, event_time)
    return Frame(text, camera, camera.nearest_instant(frame_time), frame_time, sender == ORIGINAL_DEEPLENS)


def refuse_ahead(what: str, time: datetime, event_time: datetime) -> None:
    """Raise Refused for a time that had not come when it was sent: no clock can be trusted there."""
    if time - event_time > CLOCK_TOLERANCE:
        raise Refused(
            f"{what} is of {to_text(time)}, but came at {to_text(event_time)}: set its sender's clock"
        )


def _read_in_zone(device_time: datetime, camera: Camera, event_time: datetime) -> datetime:
    """A naive time by the clock on the camera's wall; in the hour that exists twice the likelier reading."""
    zone = ZoneInfo(camera.sampling_at(event_time).time_zone)
    readings = (device_time.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    return whole_millis(min(readings, key=lambda reading: abs(reading - event_time)))
