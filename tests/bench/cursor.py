"""The pull's cursor: bytes of a registry item and write units of an update, by how it keeps instants.

Sizes are counted by DynamoDB's rules (page "DynamoDB item sizes and formats" of its developer guide): a unit
is a started kilobyte, and the index, which copies the whole item, takes as many again.
"""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any

from ingest.aws.dynamodb import Item, to_item
from ingest.kvs.video import ListedFragment
from ingest.pull.archive import OVERLAP
from ingest.pull.selection import instants_near
from ingest.registry.camera import Camera
from ingest.registry.items import cursor_values, settings_item
from ingest.registry.opening_hours import parse
from ingest.registry.registered import PullCursor, StreamMemory
from ingest.registry.sampling import Sampling
from ingest.times import from_millis, to_millis

NOW = from_millis(1_764_500_000_000)
FRAGMENT = timedelta(seconds=2)
INTERVALS = (1, 5, 60, 300)
HOST = ".kinesisvideo.eu-central-1.amazonaws.com"
STREAM = StreamMemory(
    "camera-1", {"RETENTION": (24, NOW), **dict.fromkeys(("LIST_FRAGMENTS", "GET_MEDIA_FOR_FRAGMENT_LIST"),
    (f"https://b-0123abcd{HOST}", NOW))},
)  # fmt: skip

Kept = Callable[[Collection[datetime]], dict[str, Any]]
"""The cursor's attributes, with these instants."""


def main() -> None:
    """Print the table."""
    print("every s  kept as                  instants   bytes  units of an update, table + index")
    for interval in INTERVALS:
        for label, overlap, values in (
            ("list, overlap 2 min", timedelta(minutes=2), as_list),
            ("list, overlap 10 min", OVERLAP, as_list),
            ("ranges, overlap 10 min", OVERLAP, as_ranges),
            ("ranges, stream's answers", OVERLAP, as_ranges_with_answers),
        ):
            camera = _camera(interval)
            instants = instants_near(camera, _listed_again(overlap))
            size = item_size(settings_item(camera) | to_item(_other() | values(instants)))
            units = -(-size // 1024)
            print(f"{interval:7}  {label:24} {len(instants):8}  {size:6}  {units} + {units}")


def as_list(instants: Collection[datetime]) -> dict[str, Any]:
    """As items were before ranges."""
    return as_ranges(()) | {
        "TakenRanges": None,
        "Taken": [to_millis(instant) for instant in sorted(instants)],
    }


def as_ranges(instants: Collection[datetime]) -> dict[str, Any]:
    """As the pull writes it, without KVS's answers about the stream."""
    return cursor_values(PullCursor(NOW, tuple(instants)))


def as_ranges_with_answers(instants: Collection[datetime]) -> dict[str, Any]:
    """As the pull writes it."""
    return cursor_values(PullCursor(NOW, tuple(instants), stream=STREAM))


def _camera(interval: int) -> Camera:
    zone = ((0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9))
    return Camera(
        "camera-1", "store-1", NOW - timedelta(days=9), zones={"till": zone, "door": zone},
        ignore={"poster": zone}, sampling=Sampling(interval, "Europe/Berlin", parse("mon-sun 00:00-24:00")),
    )  # fmt: skip


def _other() -> dict[str, Any]:
    """What a leased item has besides."""
    return {
        "CameraId": "camera-1", "Revision": 3, "ClosedUntil": "2026-11-22T14:05:00.000Z",
        "LeaseOwner": "0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f", "LeaseExpires": to_millis(NOW),
    }  # fmt: skip


def _listed_again(overlap: timedelta) -> list[ListedFragment]:
    """A camera's live video, as the next pull lists it."""
    starts = (NOW - FRAGMENT * number for number in range(1, overlap // FRAGMENT + 1))
    return [ListedFragment(str(to_millis(start)), start, start, FRAGMENT) for start in starts]


def item_size(item: Item) -> int:
    """The bytes of an item, as DynamoDB counts them."""
    return sum(len(name.encode()) + _size(value) for name, value in item.items())


def _size(value: dict[str, Any]) -> int:
    ((kind, content),) = value.items()
    if kind == "S":
        return len(content.encode())
    if kind == "N":  # a byte for two significant digits, and one more
        digits = content.lstrip("-").replace(".", "").strip("0")
        return (len(digits) + 1) // 2 + 1
    if kind == "L":
        return 3 + sum(1 + _size(element) for element in content)
    if kind == "M":
        return 3 + sum(1 + len(name.encode()) + _size(element) for name, element in content.items())
    return 1  # BOOL, NULL


if __name__ == "__main__":
    main()
