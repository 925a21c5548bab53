"""The registry's items: converts a registered camera to DynamoDB attributes and back."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from ingest.aws.dynamodb import Item, from_item, to_item
from ingest.registry import opening_hours
from ingest.registry.camera import Camera, Change, InvalidCamera, Mode, Source
from ingest.registry.instant_ranges import InstantRange, ranges_of
from ingest.registry.registered import ImageMemory, PullCursor, RegisteredCamera, StreamMemory
from ingest.registry.sampling import Sampling
from ingest.times import MILLISECOND, from_millis, from_text, to_millis, to_text

SETTINGS = (
    "StoreId", "Since", "Source", "StreamName", "Mode", "Area", "Zones", "Ignore", "MinConfidence",
    "SampleEvery", "TimeZone", "OpeningHours", "Enabled", "Previous", "OriginalDeepLens", "Sender",
)  # fmt: skip

STREAM = "KnownStream"
"""The attribute with what KVS said about the camera's stream."""


def from_registry_item(item: Item) -> RegisteredCamera:
    """Read a registry item. Raises InvalidCamera if it is invalid, for example edited by hand."""
    values = from_item(item)
    try:
        cursor = PullCursor(
            until=_optional_time(values.get("LookedUntil")),
            decided=_instants(values, "TakenRanges", "Taken"),
            pending=values.get("Pending", False),
            images=ImageMemory(
                _instants(values, "ImagesAskedRanges", "ImagesAsked"),
                values.get("ImageFailures", 0),
                _optional_time(values.get("ImagesRestUntil")),
            ),
            after=values.get("AfterFragment"),
            rate=values.get("MediaByteRate"),
            stream=_stream_memory(values.get(STREAM)),
        )
        closed_until = _optional_time(values.get("ClosedUntil"))
        return RegisteredCamera(_camera(values), values.get("Revision", 1), cursor, closed_until)
    except InvalidCamera:
        raise
    except KeyError as error:
        raise InvalidCamera(values["CameraId"], [f"its registry item has no {error.args[0]}"]) from error
    except (ValueError, TypeError) as error:
        raise InvalidCamera(values["CameraId"], [f"its registry item cannot be read: {error}"]) from error


def camera_or_error(item: Item) -> RegisteredCamera | InvalidCamera:
    """Read a registry item; return the error of an item that cannot be read, so that it stops no other."""
    try:
        return from_registry_item(item)
    except InvalidCamera as error:
        return error


def cursor_values(cursor: PullCursor) -> dict[str, Any]:
    """The attributes that the pull writes; None for those that it removes."""
    return {
        "LookedUntil": to_text(cursor.until) if cursor.until else None,
        "TakenRanges": _range_values(cursor.decided),
        "Taken": None,
        "Pending": cursor.pending,
        "AfterFragment": cursor.after,
        "MediaByteRate": cursor.rate,
        STREAM: _stream_values(cursor.stream),
        **image_memory_values(cursor.images),
    }


def image_memory_values(memory: ImageMemory) -> dict[str, Any]:
    """The attributes that remember GetImages; None for those that are removed."""
    return {
        "ImagesAskedRanges": _range_values(memory.asked) or None,
        "ImagesAsked": None,
        "ImageFailures": memory.failures or None,
        "ImagesRestUntil": to_text(memory.rests_until) if memory.rests_until else None,
    }


def _stream_memory(stored: Mapping[str, Any] | None) -> StreamMemory:
    if stored is None:
        return StreamMemory()
    answers = {
        question: (value, from_millis(asked)) for question, (value, asked) in stored["Answers"].items()
    }
    return StreamMemory(stored["Stream"], answers)


def _stream_values(memory: StreamMemory) -> dict[str, Any] | None:
    if not memory.answers:
        return None
    answers = {question: [value, to_millis(asked)] for question, (value, asked) in memory.answers.items()}
    return {"Stream": memory.stream_name, "Answers": answers}


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


def _instants(values: Mapping[str, Any], ranges: str, old: str) -> tuple[datetime, ...]:
    """The instants in an attribute of ranges and in the older attribute, a list of instants."""
    found = set(map(from_millis, values.get(old, ())))
    for first, *more in values.get(ranges, ()):
        step, count = more or (0, 1)
        found.update(InstantRange(from_millis(first), step * MILLISECOND, count))
    return tuple(sorted(found))


def _range_values(instants: Iterable[datetime]) -> list[list[int]]:
    """[first instant, step, count] for each range, times in milliseconds; [instant] for a single one."""
    return [
        [to_millis(span.first), span.step // MILLISECOND, span.count]
        if span.count > 1
        else [to_millis(span.first)]
        for span in ranges_of(instants)
    ]


def _optional_time(text: str | None) -> datetime | None:
    return from_text(text) if text else None


def key_item(camera_id: str) -> Item:
    """The key of a camera's item."""
    return to_item({"CameraId": camera_id})
