"""What the operator wants exported: stores and cameras. Pure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from counter.stores.store import InvalidStore, Store, of_cameras
from infra.cli.terminal.unknown_name import UnknownName
from ingest.registry.registered import RegisteredCamera


@dataclass(frozen=True)
class ExportOptions:
    """The options that name a store or a camera, None where not given.

    `past` says whether a camera may be one that the registry has no more.
    """

    store_id: str | None
    camera_id: str | None
    past: bool


@dataclass(frozen=True)
class ExportChoice:
    """The stores, and the registry's cameras in them; `camera_id` if it is a single camera.

    `store_id` is the store that the operator named: rows of a camera from another one are left out.
    """

    stores: Sequence[Store]
    cameras: Sequence[RegisteredCamera]
    camera_id: str | None
    store_id: str | None

    def of_store(self, store_id: str) -> list[RegisteredCamera]:
        """The cameras of a store."""
        return [item for item in self.cameras if item.camera.store_id == store_id]


def choose(
    options: ExportOptions,
    registered: Sequence[RegisteredCamera],
    entries: Mapping[str, Store | InvalidStore],
) -> ExportChoice:
    """What the options mean; `entries` are the stores by ID. Raises UnknownName and InvalidStore."""
    by_store = defaultdict(list)
    for item in registered:
        by_store[item.camera.store_id].append(item)
    places = {item.camera.camera_id: item.camera.store_id for item in registered}
    camera_id, store_id = options.camera_id, options.store_id
    if camera_id is not None and camera_id not in places and not (options.past and store_id):
        raise UnknownName("camera", camera_id, places)
    known = {*entries, *by_store}
    if store_id is not None and store_id not in known:
        raise UnknownName("store", store_id, known)
    only = store_id or (places[camera_id] if camera_id is not None else None)
    names = [only] if only else sorted(known)
    stores = [
        entries.get(name) or of_cameras(name, [item.camera for item in by_store[name]]) for name in names
    ]
    for store in stores:
        if isinstance(store, InvalidStore):
            raise store
    cameras = [
        item
        for name in names
        for item in sorted(by_store[name], key=lambda item: item.camera.camera_id)
        if camera_id in (None, item.camera.camera_id)
    ]
    return ExportChoice([store for store in stores if isinstance(store, Store)], cameras, camera_id, store_id)
