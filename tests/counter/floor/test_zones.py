from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from counter.floor.feet import foot_sums
from counter.floor.mapping import CameraMapping, FourPoints, MappedCamera
from counter.floor.plan import FloorPlan
from counter.floor.zones import floor_zones
from ingest.registry.polygons import area
from tests.counter.floor.shop import DAY, Pinhole, line

PLAN = FloorPlan(16, 9)
NEXT = DAY + timedelta(days=1)
WHOLE = FourPoints(*[((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))] * 2)
RIGHT = FourPoints(WHOLE.picture, ((0.5, 0.0), (1.5, 0.0), (1.5, 1.0), (0.5, 1.0)))
SHELF = ((0.25, 0.0), (0.75, 0.0), (0.75, 0.5), (0.25, 0.5))


def test_a_zone_lies_where_its_camera_sees_it_and_has_its_minutes() -> None:
    camera = MappedCamera("a", [CameraMapping(date.min, WHOLE)], zones={"shelf": SHELF, "till": SHELF[:3]})
    lines = [replace(line("a", feet), zone_person_seconds={"shelf": 600}) for feet in ({0: 900}, None)]
    shelf, till = floor_zones(PLAN, foot_sums([camera], lines))
    assert np.array(shelf.polygon) == pytest.approx(np.array([(4, 0), (12, 0), (12, 4.5), (4, 4.5)]))
    assert shelf.middle == pytest.approx((8, 2.25))
    assert (shelf.name, shelf.camera, shelf.person_minutes, shelf.counted_hours) == ("shelf", "a", 20, 0.5)
    assert (till.name, till.person_minutes) == ("till", 0)


def test_a_zone_is_cut_at_the_edge_of_the_plan() -> None:
    half = ((0.25, 0.0), (1.0, 0.0), (1.0, 0.99), (0.25, 0.99))
    points = FourPoints(((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)), WHOLE.plan)
    camera = MappedCamera("a", [CameraMapping(date.min, points)], zones={"half": half})
    (zone,) = floor_zones(PLAN, foot_sums([camera], [line("a", {})]))
    xs = [x for x, _ in zone.polygon]
    assert (min(xs), max(xs)) == pytest.approx((8, 16))
    assert abs(area(zone.polygon)) == pytest.approx(8 * 9 * 0.99)


def test_a_zone_that_reaches_over_the_horizon_ends_on_the_plan() -> None:
    level = Pinhole("c", (8, 8.9), -90, down=10)
    points = level.points(PLAN, [(7, 4), (9, 4), (10, 1), (6, 1)])
    zones = {
        "wall": ((0.4, 0.0), (0.6, 0.0), (0.6, 0.9), (0.4, 0.9)),
        "sky": ((0.4, 0.0), (0.6, 0.0), (0.5, 0.1)),
    }
    camera = MappedCamera("c", [CameraMapping(date.min, points)], zones=zones)
    sky, wall = floor_zones(PLAN, foot_sums([camera], [line("c", {})]))
    assert sky.polygon == ()
    ys = [y for _, y in wall.polygon]
    assert min(ys) == pytest.approx(0, abs=1e-9)
    assert max(ys) < 8.9
    assert all(0 <= x <= 16 for x, _ in wall.polygon)


def test_a_zone_lies_where_the_last_mapping_puts_it_and_nowhere_after_a_move() -> None:
    camera = MappedCamera(
        "a", [CameraMapping(date.min, WHOLE), CameraMapping(NEXT, None)], zones={"shelf": SHELF}
    )
    lines = [replace(line("a", {}, day=day), zone_person_seconds={"shelf": 60}) for day in (DAY, NEXT)]
    (zone,) = floor_zones(PLAN, foot_sums([camera], lines[:1]))
    assert zone.polygon
    (zone,) = floor_zones(PLAN, foot_sums([camera], lines))
    assert (zone.polygon, zone.person_minutes) == ((), 2)
