"""The pull's cursor: bytes of its item and request units of a look, by how and where it is kept.

Sizes are counted by DynamoDB's rules (pages "DynamoDB item sizes and formats" and "Read and write operations"
of its developer guide): a write unit is a started kilobyte, a consistent read unit 4 KB, that of a scan 8 KB.
Before, a look was three writes (lease, cursor, release) of the camera's item, which the index copies as a
whole. Now it is a read of the camera's item and two writes of its state item (lease, cursor with release).
"""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any

from ingest.aws.dynamodb import Item, to_item
from ingest.kvs.video import ListedFragment
from ingest.pull.archive import OVERLAP
from ingest.pull.selection import instants_near
from ingest.registry.camera import Camera
from ingest.registry.items import settings_item
from ingest.registry.opening_hours import parse
from ingest.registry.registered import PullCursor, StreamMemory
from ingest.registry.sampling import Sampling
from ingest.registry.state_items import MOVED, cursor_values, state_key
from ingest.times import from_millis, to_millis, to_text

NOW = from_millis(1_764_500_000_000)
FRAGMENT = timedelta(seconds=2)
INTERVALS = (1, 5, 60, 300)
HOST = ".kinesisvideo.eu-central-1.amazonaws.com"
STREAM = StreamMemory(
    "camera-1", {"RETENTION": (24, NOW), **dict.fromkeys(("LIST_FRAGMENTS", "GET_MEDIA_FOR_FRAGMENT_LIST"),
    (f"https://b-0123abcd{HOST}", NOW))},
)  # fmt: skip
CLOSED = {"ClosedUntil": "2026-11-22T14:05:00.000Z"}
BEFORE = CLOSED | {"Pending": False}
"""What earlier versions wrote into the camera's item as well."""
MARK = {"LeaseOwner": MOVED, "LeaseExpires": to_millis(NOW)}
"""What a camera's item has besides, once its state has moved."""

Kept = Callable[[Collection[datetime]], dict[str, Any]]
"""The cursor's attributes, with these instants."""


def main() -> None:
    """Print the table."""
    print("every s  kept as                  instants   bytes  write units of a look  read units")
    for interval in INTERVALS:
        for label, overlap, values in (
            ("list, overlap 2 min", timedelta(minutes=2), as_list),
            ("list, overlap 10 min", OVERLAP, as_list),
            ("ranges, overlap 10 min", OVERLAP, as_ranges),
            ("ranges, stream's answers", OVERLAP, as_ranges_with_answers),
        ):
            instants = instants_near(_camera(interval), _listed_again(overlap))
            size = item_size(_camera_item(interval) | to_item(_lease() | values(instants) | BEFORE))
            writes = f"3 x ({_writes(size)} + {_writes(size)})"
            print(f"{interval:7}  {label:24} {len(instants):8}  {size:6}  {writes:21}  0")
        size = item_size(_state_item(interval) | to_item(_lease()))
        writes, reads = f"2 x {_writes(size)}", -(-item_size(_settled(interval)) // 4096)
        print(f"{interval:7}  {'state item':24} {'':8}  {size:6}  {writes:21}  {reads}")
    print("a scan of 500 cameras, every 60 s: bytes and read units")
    one = _camera_item(60) | to_item(as_ranges_with_answers(_instants(60)) | BEFORE)
    new = _camera_item(60) | to_item(MARK)
    state = item_size(_state_item(60))
    for label, size in (
        ("one item", item_size(one)),
        ("two, registered since", item_size(new) + state),
        ("two, moved", item_size(_settled(60)) + state),
    ):
        print(f"{label:22} {500 * size:8}  {-(-500 * size // 4096) / 2:5.1f}")


def _writes(size: int) -> int:
    return -(-size // 1024)


def _instants(interval: int) -> Collection[datetime]:
    return instants_near(_camera(interval), _listed_again(OVERLAP))


def _camera_item(interval: int) -> Item:
    return settings_item(_camera(interval)) | to_item({"CameraId": "camera-1", "Revision": 3})


def _settled(interval: int) -> Item:
    """The item of a camera that was registered before state items, and whose state has moved."""
    return _camera_item(interval) | to_item(MARK | CLOSED | {"LookedUntil": to_text(NOW)})


def _state_item(interval: int) -> Item:
    return state_key("camera-1") | to_item(CLOSED | as_ranges_with_answers(_instants(interval)))


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


def _lease() -> dict[str, Any]:
    return {"LeaseOwner": "0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f", "LeaseExpires": to_millis(NOW)}


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
