"""A camera's state item: how far the pull and the closing have come, with the pull's lease.

It lies in the registry's table beside the camera's item, under a key that no camera can have. It has no
`Sender`, so the table's index, which copies whole items, does not copy it at each pull. In the items of
earlier versions the state is part of the camera's item: it is read there until a pull moves it.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from ingest.aws.dynamodb import Item, to_item
from ingest.registry.instant_ranges import InstantRange, ranges_of
from ingest.registry.registered import ImageMemory, PullCursor, StreamMemory
from ingest.times import MILLISECOND, from_millis, from_text, to_millis, to_text

SUFFIX = "#state"
"""Follows the camera ID in the key; no camera ID contains '#'."""

STREAM = "KnownStream"
"""The attribute with what KVS said about the camera's stream."""

CURSOR = (
    "LookedUntil", "TakenRanges", "Taken", "Pending", "AfterFragment", "MediaByteRate", STREAM,
    "ImagesAskedRanges", "ImagesAsked", "ImageFailures", "ImagesRestUntil",
)  # fmt: skip
"""All attributes of the cursor, with those that only earlier versions wrote."""

MOVED = "moved"
"""The `LeaseOwner` in the item of a camera whose cursor and lease are in its state item."""


def state_key(camera_id: str) -> Item:
    """The key of a camera's state item."""
    return to_item({"CameraId": camera_id + SUFFIX})


def state_of(item: Item) -> str | None:
    """The ID of the camera whose state item this is; None for a camera's item."""
    key = str(item["CameraId"]["S"])
    return key.removesuffix(SUFFIX) if key.endswith(SUFFIX) else None


def is_moved(item: Item) -> bool:
    """Whether the cursor and the lease of the camera with this item are in its state item."""
    return item.get("LeaseOwner") == {"S": MOVED}


def cursor_of(values: Mapping[str, Any]) -> PullCursor:
    """The cursor in an item's values. Raises KeyError, TypeError or ValueError for one edited by hand."""
    return PullCursor(
        until=optional_time(values.get("LookedUntil")),
        decided=_instants(values, "TakenRanges", "Taken"),
        pending=values.get("Pending", False),
        images=ImageMemory(
            _instants(values, "ImagesAskedRanges", "ImagesAsked"),
            values.get("ImageFailures", 0),
            optional_time(values.get("ImagesRestUntil")),
        ),
        after=values.get("AfterFragment"),
        rate=values.get("MediaByteRate"),
        stream=_stream_memory(values.get(STREAM)),
    )


def cursor_values(cursor: PullCursor) -> dict[str, Any]:
    """The attributes that the pull writes; None for those that it removes."""
    return {
        "LookedUntil": to_text(cursor.until) if cursor.until else None,
        "TakenRanges": _range_values(cursor.decided),
        "Taken": None,
        "Pending": cursor.pending or None,
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


def optional_time(text: str | None) -> datetime | None:
    """The time, or None for an attribute that the item does not have."""
    return from_text(text) if text else None


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
