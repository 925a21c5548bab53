"""`occupancy store rebuild --camera` with cameras that something knows, and with one that nothing does."""

from datetime import timedelta

import pytest

from counter.stores.calendar import DAY
from counter.stores.store import Store
from ingest.registry.table import CameraRegistry
from tests.infra.cli.conftest import Run
from tests.infra.cli.report.shop import MONDAY, ZONE, ReportShop, camera

BUILT = "1 day of store north will be built again by the next closing.\n"


@pytest.fixture
def shop(registry: CameraRegistry) -> ReportShop:
    """`door` is registered; `gone` has only roll-ups of another day, `filed` only lines in Monday's file."""
    found = ReportShop.of(registry)
    found.stores.add(Store("north", ZONE))
    registry.add(camera())
    found.count(camera("gone"), MONDAY + 3 * DAY, [1, 2])
    found.put_day(camera("filed"), MONDAY, [1, 2])
    return found


def rebuilt(run: Run, *cameras: str) -> str:
    options = [text for name in cameras for text in ("--camera", name)]
    result = run("store", "rebuild", "north", "--from", str(MONDAY), "--to", str(MONDAY), *options)
    assert (result.exit_code, result.stdout) == (0, BUILT)
    return result.stderr


def test_cameras_that_something_knows_are_taken_without_a_word(run: Run, shop: ReportShop) -> None:
    assert rebuilt(run, "door", "gone", "filed") == ""


def test_a_camera_that_nothing_knows_is_named_and_marked_all_the_same(run: Run, shop: ReportShop) -> None:
    assert rebuilt(run, "zz", "door") == (
        "Warning: nothing knows zz: not the registry, no roll-up of store north and no file of these days;"
        " check the spelling\n"
    )
    marked = {mark.camera_id for mark in shop.marks.of_store("north").days}
    assert marked == {"zz", "door"}


def test_a_damaged_file_knows_nobody(run: Run, shop: ReportShop) -> None:
    shop.damage(MONDAY)
    assert "nothing knows filed:" in rebuilt(run, "filed")


def test_a_camera_of_another_day_s_file_alone_is_unknown(run: Run, shop: ReportShop) -> None:
    day = str(MONDAY + timedelta(days=1))
    result = run("store", "rebuild", "north", "--from", day, "--to", day, "--camera", "filed")
    assert "nothing knows filed:" in result.stderr
