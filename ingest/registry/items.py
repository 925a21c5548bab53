"""The registry's items of cameras: converts a registered camera to DynamoDB attributes and back."""

from collections.abc import Mapping
from typing import Any

from ingest.aws.dynamodb import Item, from_item, to_item
from ingest.registry import opening_hours
from ingest.registry.camera import Camera, Change, InvalidCamera, Mode, Source
from ingest.registry.registered import RegisteredCamera
from ingest.registry.sampling import Sampling
from ingest.registry.state_items import cursor_of, is_moved, optional_time
from ingest.times import from_text, to_text

SETTINGS = (
    "StoreId", "Since", "Source", "StreamName", "Mode", "Area", "Zones", "Ignore", "MinConfidence",
    "SampleEvery", "TimeZone", "OpeningHours", "Enabled", "Previous", "OriginalDeepLens", "Repeats",
    "Sender",
)  # fmt: skip


def from_registry_item(item: Item, state: Item | None = None) -> RegisteredCamera:
    """Read a camera's item and its state item, if it has one.

    Raises InvalidCamera if one of them is invalid, for example edited by hand.
    """
    values = from_item(item)
    state_values = from_item(state) if state else {}
    try:
        # Between the pages of a scan, an item may have become one whose state item was not there yet.
        cursor = cursor_of(state_values if state and is_moved(item) else values)
        closed = filter(None, (optional_time(each.get("ClosedUntil")) for each in (values, state_values)))
        closed_until = max(closed, default=None)
        return RegisteredCamera(_camera(values), values.get("Revision", 1), cursor, closed_until)
    except InvalidCamera:
        raise
    except KeyError as error:
        raise InvalidCamera(values["CameraId"], [f"its registry item has no {error.args[0]}"]) from error
    except (ValueError, TypeError) as error:
        raise InvalidCamera(values["CameraId"], [f"its registry item cannot be read: {error}"]) from error


def camera_or_error(item: Item, state: Item | None = None) -> RegisteredCamera | InvalidCamera:
    """Read a camera's items; return the error of items that cannot be read, so that they stop no other."""
    try:
        return from_registry_item(item, state)
    except InvalidCamera as error:
        error.store_id = item.get("StoreId", {}).get("S")
        return error


def _camera(values: Mapping[str, Any]) -> Camera:
    return Camera(
        camera_id=values["CameraId"],
        store_id=values["StoreId"],
        since=from_text(values["Since"]),
        source=Source(values["Source"]),
        stream_name=values.get("StreamName"),
        mode=Mode(values["Mode"]),
        area=values["Area"],
        zones=_polygons(values["Zones"]),
        ignore=_polygons(values["Ignore"]),
        min_confidence=float(values["MinConfidence"]),
        sampling=_sampling(values),
        previous=tuple(
            Change(from_text(change["Until"]), _sampling(change)) for change in values["Previous"]
        ),
        original_deeplens=values.get("OriginalDeepLens", False),
        repeats=values.get("Repeats", False),
    )


def settings_item(camera: Camera) -> Item:
    """The attributes that the operator writes: those of SETTINGS that the camera has."""
    return to_item(
        {
            "StoreId": camera.store_id,
            "Since": to_text(camera.since),
            "Source": camera.source.value,
            "StreamName": camera.stream_name,
            "Mode": camera.mode.value,
            "Area": camera.area,
            "Zones": camera.zones,
            "Ignore": camera.ignore,
            "MinConfidence": camera.min_confidence,
            **_sampling_values(camera.sampling),
            "Previous": [
                {"Until": to_text(change.until), **_sampling_values(change.sampling)}
                for change in camera.previous
            ],
            "OriginalDeepLens": camera.original_deeplens,
            "Repeats": camera.repeats or None,
            "Sender": camera.sender,
        }
    )


def _sampling(values: Mapping[str, Any]) -> Sampling:
    return Sampling(
        sample_every=values["SampleEvery"],
        time_zone=values["TimeZone"],
        opening_hours=opening_hours.from_map(values["OpeningHours"]),
        enabled=values["Enabled"],
    )


def _sampling_values(sampling: Sampling) -> dict[str, Any]:
    return {
        "SampleEvery": sampling.sample_every,
        "TimeZone": sampling.time_zone,
        "OpeningHours": sampling.opening_hours.to_map(),
        "Enabled": sampling.enabled,
    }


def _polygons(values: Mapping[str, Any]) -> dict[str, tuple[tuple[float, float], ...]]:
    return {name: tuple((float(x), float(y)) for x, y in points) for name, points in values.items()}


def key_item(camera_id: str) -> Item:
    """The key of a camera's item."""
    return to_item({"CameraId": camera_id})
