"""The registry's cameras as the gateway last read them, on disk, for a start without network."""

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from ingest.registry.camera import Camera, InvalidCamera
from ingest.registry.items import from_registry_item, key_item, settings_item


def store(path: Path, cameras: Iterable[Camera]) -> None:
    """Write the cameras; a power loss leaves the old file or the new one. Raises OSError."""
    items = {camera.camera_id: settings_item(camera) | key_item(camera.camera_id) for camera in cameras}
    new = path.with_suffix(".new")
    with new.open("w", encoding="utf-8") as file:
        json.dump(items, file)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def stored(path: Path) -> Mapping[str, Camera] | None:
    """Read the cameras; None if the file is missing or damaged."""
    try:
        items = json.loads(path.read_text(encoding="utf-8"))
        return {camera_id: from_registry_item(item).camera for camera_id, item in items.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, InvalidCamera):
        return None
