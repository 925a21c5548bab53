"""Cameras have their store's time zone."""

import pytest

from counter.stores.marks import MarkTable
from counter.stores.store import Store
from counter.stores.table import StoreTable
from ingest.registry.table import CameraRegistry
from ingest.times import from_text
from tests.infra.cli.conftest import Run, refused
from tests.infra.cli.store.test_command import camera

CLASH = (
    "camera 'door': time zone UTC is not that of store 'north', which is Europe/Berlin: use that one, or"
    " change both with `occupancy store set north --time-zone UTC`"
)


def test_a_camera_takes_its_store_s_zone_and_no_other(
    run: Run, stores: StoreTable, registry: CameraRegistry
) -> None:
    stores.add(Store("north", "Europe/Berlin"))
    push = ("camera", "add", "door", "--store", "north", "--source", "push")
    refused(run(*push, "--time-zone", "UTC"), CLASH)
    assert run(*push).exit_code == 0
    assert registry.get("door").camera.sampling.time_zone == "Europe/Berlin"
    refused(run("camera", "set", "door", "--time-zone", "UTC"), CLASH)


def test_without_an_entry_the_other_cameras_count(run: Run, registry: CameraRegistry) -> None:
    registry.add(camera("till-1"))
    push = ("camera", "add", "door", "--store", "north", "--source", "push", "--time-zone", "UTC")
    refused(run(*push), CLASH)


def test_an_import_refuses_other_zones(run: Run, stores: StoreTable, tmp_path: object) -> None:
    stores.add(Store("north", "Europe/Berlin"))
    path = f"{tmp_path}/cameras.csv"
    with open(path, "w", encoding="utf-8") as file:  # noqa: PTH123 - a text path
        file.write("camera_id,store_id,source,time_zone\ndoor,north,push,UTC\nnew,west,push,UTC\n")
    result = run("camera", "import", path)
    assert "1 mistake" in result.stderr
    assert "time zone UTC is not that of store 'north'" in result.stderr


@pytest.mark.parametrize("command", [("remove", "till-1", "--yes"), ("set", "till-1", "--store", "south")])
def test_a_camera_that_leaves_marks_what_is_not_closed(
    run: Run, registry: CameraRegistry, marks: MarkTable, command: tuple[str, ...]
) -> None:
    registry.add(camera("till-1"))
    assert run("camera", *command).exit_code == 0
    found = {quarter for mark in marks.of_store("north").days for quarter in mark.quarters}
    assert (min(found), max(found)) == (from_text("2026-11-21T13:00Z"), from_text("2026-11-22T13:00Z"))
