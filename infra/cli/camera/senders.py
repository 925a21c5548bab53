"""No two cameras may have the same sender, because nobody could tell their frames apart."""

from typing import TYPE_CHECKING

from ingest.errors import OccupancyError
from ingest.registry.camera import ORIGINAL_DEEPLENS, Camera

if TYPE_CHECKING:
    from ingest.registry.table import CameraRegistry


class SenderTaken(OccupancyError):
    """Another camera already has this sender."""

    def __init__(self, camera: Camera, other: str) -> None:
        super().__init__(f"camera {camera.camera_id!r}: {sender_problem(camera, other)}")


def sender_problem(camera: Camera, other: str) -> str:
    """Message for a `camera` that has the same sender as camera `other`."""
    if camera.sender == ORIGINAL_DEEPLENS:
        return (
            f"{other!r} is already the unit with the original DeepLens function, and there can be only one,"
            " because the keys of its frames do not name the unit"
        )
    return f"stream {camera.stream_name!r} already belongs to camera {other!r}: each camera needs its own"


def require_own_sender(registry: "CameraRegistry", camera: Camera) -> None:
    """Raise SenderTaken if another camera has the sender of this one."""
    if camera.sender is None:
        return
    for other in registry.by_sender(camera.sender):
        if other.camera_id != camera.camera_id:
            raise SenderTaken(camera, other.camera_id)
