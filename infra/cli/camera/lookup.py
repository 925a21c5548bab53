"""Reads the camera that the operator named; names those that look like it if there is none."""

from infra.cli.terminal.unknown_name import UnknownName
from ingest.registry.camera import InvalidCamera
from ingest.registry.registered import RegisteredCamera
from ingest.registry.registry_errors import UnknownCamera
from ingest.registry.table import CameraRegistry


def registered_camera(registry: CameraRegistry, camera_id: str) -> RegisteredCamera:
    """One camera. Raises UnknownName and InvalidCamera."""
    try:
        return registry.get(camera_id)
    except UnknownCamera as error:
        known = {
            item.camera_id if isinstance(item, InvalidCamera) else item.camera.camera_id
            for item in registry.scan()
        }
        raise UnknownName("camera", camera_id, known) from error


def readable_camera(registry: CameraRegistry, camera_id: str) -> RegisteredCamera | None:
    """The camera, or None if its item cannot be read: it can be removed even then. Raises UnknownName."""
    try:
        return registered_camera(registry, camera_id)
    except InvalidCamera:
        return None
