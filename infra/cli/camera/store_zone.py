"""All cameras of a store have its time zone, or its days would begin at different moments."""

from collections.abc import Iterable, Mapping

from counter.stores.store import Store, of_cameras, zone_problem
from counter.stores.table import StoreTable
from ingest.errors import OccupancyError
from ingest.registry.camera import Camera, InvalidCamera
from ingest.registry.registered import RegisteredCamera
from ingest.registry.table import CameraRegistry


class OtherTimeZone(OccupancyError):
    """A camera has another time zone than its store."""


def store_of(stores: StoreTable, registry: CameraRegistry, store_id: str) -> Store | None:
    """The store's entry, or what its cameras say if it has none yet; None for a new store."""
    return stores.get(store_id) or of_registered(registry.scan(), store_id)


def require_zone_of(store: Store | None, camera: Camera) -> None:
    """Raise OtherTimeZone unless the camera has its store's time zone."""
    problem = zone_problem(camera, store) if store else None
    if problem:
        raise OtherTimeZone(f"camera {camera.camera_id!r}: {problem}")


def zone_clashes(
    cameras: Iterable[Camera],
    stores: Mapping[str, Store],
    registered: Iterable[RegisteredCamera | InvalidCamera],
) -> dict[str, str]:
    """A sentence for each camera, by ID, that has another zone than its store.

    The first camera of a new store sets its zone.
    """
    known, entries, problems = dict(stores), list(registered), dict[str, str]()
    for camera in cameras:
        store = known.get(camera.store_id) or of_registered(entries, camera.store_id)
        known[camera.store_id] = store or of_cameras(camera.store_id, [camera])
        if store and (problem := zone_problem(camera, store)):
            problems[camera.camera_id] = problem
    return problems


def of_registered(entries: Iterable[RegisteredCamera | InvalidCamera], store_id: str) -> Store | None:
    """What the registered cameras of a store say of it; None if there are none."""
    cameras = [
        entry.camera
        for entry in entries
        if isinstance(entry, RegisteredCamera) and entry.camera.store_id == store_id
    ]
    return of_cameras(store_id, cameras) if cameras else None
