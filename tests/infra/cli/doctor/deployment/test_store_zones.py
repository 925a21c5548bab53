from datetime import UTC, datetime

import boto3
from moto import mock_aws

from counter.stores.store import InvalidStore, Store
from counter.stores.table import StoreTable
from infra.cli.aws.stack import find_stack
from infra.cli.doctor.checks.clients import clients
from infra.cli.doctor.checks.findings import Level
from infra.cli.doctor.deployment.registry import RegistryContents
from infra.cli.doctor.deployment.store_zones import check_store_zones, judge_store_zones
from ingest.registry.camera import Camera
from ingest.registry.sampling import Sampling
from ingest.registry.table import CameraRegistry
from tests.infra.cli.stack_stub import deploy

STORE = Store("north", "Europe/Berlin")


def camera(name: str, zone: str, store_id: str = "north") -> Camera:
    return Camera(name, store_id, datetime(2026, 11, 1, tzinfo=UTC), sampling=Sampling(time_zone=zone))


def test_cameras_in_another_zone_are_named_with_the_command_that_mends_it() -> None:
    cameras = [
        camera("b", "UTC"),
        camera("a", "UTC"),
        camera("c", "Europe/Berlin"),
        camera("d", "UTC", "south"),
    ]
    (finding,) = judge_store_zones([STORE], cameras)
    assert finding.level is Level.WARNING
    assert finding.what == (
        "store 'north' is in Europe/Berlin, but not its cameras a, b: their opening hours are read in another"
        " zone than its days"
    )
    assert finding.do == (
        "`occupancy store set north --time-zone Europe/Berlin` gives the store's zone to all its cameras"
    )


def test_a_store_that_cannot_be_read_is_named() -> None:
    (finding,) = judge_store_zones([InvalidStore("north", ["its entry has no TimeZone"])], [])
    assert (finding.level, finding.what) == (Level.WARNING, "store 'north': its entry has no TimeZone")


def test_of_a_stack() -> None:
    with mock_aws():
        deploy()
        session = boto3.Session()
        stack, of = find_stack(session.client("cloudformation"), "store-occupancy"), clients(session)
        registry = CameraRegistry(of.dynamodb, stack.outputs["CameraTableName"])
        registry.add(camera("a", "UTC"))
        contents = RegistryContents.from_items(registry.scan())
        assert [finding.level for finding in check_store_zones(of, stack, contents)] == [Level.OK]
        StoreTable(of.dynamodb, stack.outputs["StoreTableName"]).add(STORE)
        assert [finding.level for finding in check_store_zones(of, stack, contents)] == [Level.WARNING]
