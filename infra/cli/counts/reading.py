"""Reads cameras from the registry and their rows from the occupancy table."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from counter.rows.table import OccupancyTable
from infra.cli.counts.entries import CountEntry, entries_of
from infra.cli.counts.span import CountSpan
from infra.cli.terminal.console import warn
from ingest.errors import OccupancyError
from ingest.registry.camera import InvalidCamera
from ingest.registry.registered import RegisteredCamera
from ingest.registry.table import HISTORY, CameraRegistry

SLICE = timedelta(days=1)
"""What is read of a camera at once: at one row a second, 86,400 rows."""


class EmptyStore(OccupancyError, KeyError):
    """No camera of the registry belongs to the store."""

    def __init__(self, store_id: str) -> None:
        super().__init__(f"store {store_id!r} has no camera in the registry: see `occupancy camera list`")

    __str__ = Exception.__str__


def cameras_of_store(registry: CameraRegistry, store_id: str) -> list[RegisteredCamera]:
    """The cameras of a store, by ID; warns of items that are not cameras. Raises EmptyStore."""
    found = []
    for item in registry.scan():
        if isinstance(item, InvalidCamera):
            warn(str(item))
        elif item.camera.store_id == store_id:
            found.append(item)
    if not found:
        raise EmptyStore(store_id)
    return sorted(found, key=lambda item: item.camera.camera_id)


def steps(cameras: Sequence[RegisteredCamera], span: CountSpan) -> int:
    """The number of reads that `read_counts` makes."""
    return len(cameras) * sum(1 for _ in span.slices(SLICE))


def read_counts(
    table: OccupancyTable,
    cameras: Iterable[RegisteredCamera],
    span: CountSpan,
    now: datetime,
    step: Callable[[], None],
) -> Iterator[list[CountEntry]]:
    """The entries of a span, in order, in one list for each SLICE; `step` is called after each read.

    The registry keeps former timings for HISTORY: for older instants there are only rows.
    """
    for part in span.slices(SLICE):
        found: list[CountEntry] = []
        for registered in cameras:
            rows = table.outlines(registered.camera.camera_id, part.start, part.end)
            found += entries_of(registered, rows, part.within(now - HISTORY, now))
            step()
        yield sorted(found, key=lambda entry: entry.key)
