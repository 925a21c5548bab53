"""No two cameras may have the same sender: their frames could not be told apart."""

from ingest.errors import OccupancyError
from ingest.registry.camera import ORIGINAL_DEEPLENS, Camera
from ingest.registry.table import CameraRegistry


class SenderTaken(OccupancyError):
    """Another camera's frames come from there already."""

    def __init__(self, camera: Camera, other: str) -> None:
        super().__init__(f"camera {camera.camera_id!r}: {sender_problem(camera, other)}")


def sender_problem(camera: Camera, other: str) -> str:
    """Why `camera` cannot be beside camera `other`, whose sender is the same."""
    if camera.sender == ORIGINAL_DEEPLENS:
        return (
            f"{other!r} is the unit with the original DeepLens function already, and there can be only one,"
            " since the keys of its frames carry no name"
        )
    return f"stream {camera.stream_name!r} is that of camera {other!r} already: each camera needs its own"


def require_own_sender(registry: CameraRegistry, camera: Camera) -> None:
    """Raises SenderTaken where another camera has the sender of this one."""
    if camera.sender is None:
        return
    for other in registry.by_sender(camera.sender):
        if other.camera_id != camera.camera_id:
            raise SenderTaken(camera, other.camera_id)
