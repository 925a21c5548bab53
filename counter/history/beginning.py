"""A store's first history: its entry, and the first day to be written.

A stack may have had roll-ups for a year before it had a history. So the first day is that of the oldest
roll-up of the store's cameras, and roll-ups that a camera has in other stores, where it was before it
moved, are marked there. All of it can be repeated: only its last step ends it.
"""

from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from counter.history.day import HistoryDependencies
from counter.stores.store import Store, of_cameras
from counter.stores.table import StoreExists, StoreTable
from ingest.registry.camera import Camera


def begin(
    dependencies: HistoryDependencies,
    stores: StoreTable,
    store: Store,
    cameras: Sequence[Camera],
    now: datetime,
) -> Store | None:
    """Set the first day of a store's history; None if another closing did so meanwhile."""
    for camera in cameras:
        _mark_former_stores(dependencies, stores, store.store_id, camera)
    firsts = (dependencies.table.first_quarter(camera.camera_id, store.store_id) for camera in cameras)
    marked = (mark.quarters for mark in dependencies.marks.of_store(store.store_id).days)
    starts = [first for first in firsts if first] + [quarter for quarters in marked for quarter in quarters]
    first = store.calendar.day_of(min(starts, default=now))
    if not stores.record_next_day(store.store_id, None, first):
        return None
    return replace(store, next_day=first)


def add_entry(stores: StoreTable, store_id: str, cameras: Sequence[Camera]) -> Store | None:
    """Add the entry of a store that has none, made from its cameras; None if somebody else just did."""
    store = of_cameras(store_id, cameras)
    try:
        stores.add(store)
    except StoreExists:
        return None
    return store


def _mark_former_stores(
    dependencies: HistoryDependencies, stores: StoreTable, store_id: str, camera: Camera
) -> None:
    """Mark the quarter hours that a camera has in other stores; these stores get an entry, too."""
    elsewhere: defaultdict[str, list[datetime]] = defaultdict(list)
    for start, former in dependencies.table.quarters_elsewhere(camera.camera_id, store_id):
        elsewhere[former].append(start)
    for former, quarters in elsewhere.items():
        dependencies.marks.mark(former, camera.camera_id, quarters)
        with suppress(StoreExists):
            stores.add(of_cameras(former, [camera]))
