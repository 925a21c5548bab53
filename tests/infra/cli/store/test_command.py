"""`occupancy store` in a stack without functions."""

import json
from datetime import timedelta

import pytest

from counter.stores.marks import MarkTable
from counter.stores.store import Store
from counter.stores.table import StoreTable
from ingest.registry.camera import Camera, Source
from ingest.registry.sampling import Sampling
from ingest.registry.table import CameraRegistry
from ingest.times import from_text
from tests.infra.cli.conftest import NOW, Run, refused

MIDNIGHT = from_text("2026-11-22T23:00Z")
"""The next one in Berlin."""


def camera(name: str, zone: str = "Europe/Berlin", store_id: str = "north") -> Camera:
    since = NOW - timedelta(days=1)
    return Camera(name, store_id, since, Source.PUSH, sampling=Sampling(time_zone=zone))


def test_a_store_is_added_shown_and_listed(run: Run, stores: StoreTable, registry: CameraRegistry) -> None:
    registry.add(camera("till-1", store_id="south"))
    added = run("store", "add", "north", "--time-zone", "Europe/Berlin", "--name", "North Street")
    assert added.stdout.splitlines()[0] == "Store north is added."
    assert stores.get("north") == Store("north", "Europe/Berlin", name="North Street")
    assert "Europe/Berlin" in run("store", "show", "north").stdout
    assert json.loads(run("store", "show", "north", "--json").stdout)["name"] == "North Street"
    listed = run("store", "list").stdout
    assert "North Street" in listed
    assert "no entry yet" in listed


def test_a_store_takes_the_zone_of_its_cameras(
    run: Run, stores: StoreTable, registry: CameraRegistry
) -> None:
    registry.add(camera("till-1"))
    run("store", "add", "north")
    assert stores.get("north") == Store("north", "Europe/Berlin")


def test_a_store_with_cameras_in_other_zones_is_refused(run: Run, registry: CameraRegistry) -> None:
    registry.add(camera("till-1"))
    result = run("store", "add", "north", "--time-zone", "UTC")
    refused(
        result,
        "store 'north' would be in UTC, but has cameras in other zones: till-1 (Europe/Berlin); leave"
        " --time-zone out, and change it for all with `occupancy store set north --time-zone UTC`",
    )


def test_unknown_stores_are_told_the_nearest(run: Run, stores: StoreTable) -> None:
    stores.add(Store("north"))
    refused(run("store", "show", "nroth"), "store 'nroth' has no entry: did you mean north?")
    refused(run("store", "show", "x"), "store 'x' has no entry: see `occupancy store list`")


def test_a_new_zone_begins_at_midnight_for_the_store_and_its_cameras(
    run: Run, stores: StoreTable, registry: CameraRegistry
) -> None:
    stores.add(Store("north", "Europe/Berlin"))
    registry.add(camera("till-1"))
    result = run("store", "set", "north", "--time-zone", "Europe/London")
    assert result.stdout.splitlines()[-1] == "Europe/London begins at 2026-11-23 00:00 CET, for 1 camera."
    changed = registry.get("till-1").camera
    assert changed.sampling_at(MIDNIGHT - timedelta(seconds=1)).time_zone == "Europe/Berlin"
    assert changed.sampling_at(MIDNIGHT).time_zone == "Europe/London"
    after = stores.get("north")
    assert after is not None
    assert after.calendar.start_of(after.earlier[0].until) == MIDNIGHT
    assert run("store", "set", "north", "--time-zone", "Europe/London").stdout.startswith(
        "Store north already"
    )


def test_nothing_to_set_is_a_mistake(run: Run, stores: StoreTable) -> None:
    assert run("store", "set", "north").exit_code == 2


def test_days_are_built_again(run: Run, stores: StoreTable, marks: MarkTable) -> None:
    stores.add(Store("north", "Europe/Berlin"))
    result = run("store", "rebuild", "north", "--from", "2026-11-20", "--to", "2026-11-21")
    assert result.stdout == "2 days of store north will be built again by the next closing.\n"
    found = {quarter for mark in marks.of_store("north").days for quarter in mark.quarters}
    assert (min(found), max(found)) == (from_text("2026-11-19T23:00Z"), from_text("2026-11-21T22:45Z"))


@pytest.mark.parametrize(
    ("first", "last", "sentence"),
    [
        ("2026-11-21", "2026-11-20", "--to 2026-11-20 is before --from 2026-11-21: exchange them"),
        ("x", "2026-11-20", "day 'x' cannot be read: write it as 2026-12-25"),
        (
            "2026-11-20",
            "2026-11-22",
            "--to 2026-11-22 is not over: the last day that has a history is 2026-11-21",
        ),
        ("2025-01-01", "2026-11-20", "2025-01-01 to 2026-11-20 is more than 400 days: do it in parts"),
    ],
)
def test_days_that_cannot_be_built_again(
    run: Run, stores: StoreTable, first: str, last: str, sentence: str
) -> None:
    stores.add(Store("north", "Europe/Berlin"))
    refused(run("store", "rebuild", "north", "--from", first, "--to", last), sentence)
