"""Checks whether each camera has the time zone of its store: or its hours count in another day's file."""

from collections.abc import Iterable, Iterator, Sequence

from counter.stores.store import InvalidStore, Store
from counter.stores.table import StoreTable
from infra.cli.aws.stack import DeployedStack
from infra.cli.doctor.checks.clients import DoctorClients
from infra.cli.doctor.checks.findings import Finding, ok, warning
from infra.cli.doctor.deployment.registry import RegistryContents
from infra.cli.terminal.texts import listed
from ingest.registry.camera import Camera


def check_store_zones(
    clients: DoctorClients, deployed: DeployedStack, contents: RegistryContents | Finding
) -> Iterator[Finding]:
    """The cameras that differ from their store; a stack without a store table has no stores."""
    if isinstance(contents, Finding):
        return  # the check of the registry says why it cannot be read
    table = deployed.outputs.get("StoreTableName")
    stores = StoreTable(clients.dynamodb, table).all() if table else []
    yield from judge_store_zones(stores, [item.camera for item in contents.cameras])


def judge_store_zones(stores: Iterable[Store | InvalidStore], cameras: Sequence[Camera]) -> Iterator[Finding]:
    """A finding for each store that cannot be read or has cameras in other zones; one if there is none."""
    wrong = False
    for store in stores:
        if isinstance(store, InvalidStore):
            wrong = True
            yield warning(str(store), "mend its entry, or nothing more is written to its history")
            continue
        other = [
            camera.camera_id
            for camera in cameras
            if camera.store_id == store.store_id and camera.sampling.time_zone != store.time_zone
        ]
        if other:
            wrong = True
            command = f"occupancy store set {store.store_id} --time-zone {store.time_zone}"
            yield warning(
                f"store {store.store_id!r} is in {store.time_zone}, but not its cameras"
                f" {listed(sorted(other))}: their opening hours are read in another zone than its days",
                f"`{command}` gives the store's zone to all its cameras",
            )
    if not wrong:
        yield ok("all cameras have the time zone of their store")
