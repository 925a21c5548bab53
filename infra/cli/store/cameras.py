"""The cameras of a store: they have its time zone, and change it with the store, at its midnight."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from counter.stores.store import Store
from infra.cli.terminal.texts import listed
from ingest.errors import OccupancyError
from ingest.registry.camera import Camera, InvalidCamera
from ingest.registry.registered import RegisteredCamera
from ingest.registry.registry_errors import CameraChanged
from ingest.registry.table import CameraRegistry


class OtherZones(OccupancyError):
    """A new store whose cameras have other time zones."""

    def __init__(self, store: Store, cameras: Iterable[Camera]) -> None:
        names = listed([f"{camera.camera_id} ({camera.sampling.time_zone})" for camera in cameras])
        super().__init__(
            f"store {store.store_id!r} would be in {store.time_zone}, but has cameras in other zones:"
            f" {names}; leave --time-zone out, and change it for all with"
            f" `occupancy store set {store.store_id} --time-zone {store.time_zone}`"
        )


class NotAllMoved(OccupancyError):
    """Some cameras did not get the store's new time zone."""

    def __init__(self, store: Store, names: list[str]) -> None:
        super().__init__(
            f"cameras {listed(names)} were just changed by somebody else and kept their time zone: repeat"
            f" `occupancy store set {store.store_id} --time-zone {store.time_zone}`"
        )


def cameras_of(registry: CameraRegistry, store_id: str) -> list[RegisteredCamera]:
    """The store's cameras that can be read, by name."""
    found = [item for item in registry.scan() if not isinstance(item, InvalidCamera)]
    return sorted(
        (item for item in found if item.camera.store_id == store_id), key=lambda item: item.camera.camera_id
    )


def require_zone(store: Store, cameras: Iterable[RegisteredCamera]) -> None:
    """Raise OtherZones if a camera has another time zone than its store."""
    other = [item.camera for item in cameras if item.camera.sampling.time_zone != store.time_zone]
    if other:
        raise OtherZones(store, other)


def take_zone(
    registry: CameraRegistry, store: Store, cameras: Iterable[RegisteredCamera], now: datetime
) -> int:
    """Give the cameras their store's time zone, from its next midnight on; return how many changed.

    Raises NotAllMoved. Doing it again changes the rest.
    """
    midnight = store.calendar.start_of(store.calendar.day_of(now) + timedelta(days=1))
    changed, failed = 0, []
    for item in cameras:
        sampling = replace(item.camera.sampling, time_zone=store.time_zone)
        if sampling == item.camera.sampling:
            continue
        try:
            registry.change(item, item.camera.with_sampling(sampling, now, midnight), now)
        except CameraChanged:
            failed.append(item.camera.camera_id)
        else:
            changed += 1
    if failed:
        raise NotAllMoved(store, failed)
    return changed
