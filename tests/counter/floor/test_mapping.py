from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from counter.floor.homography import UnusablePoints
from counter.floor.mapping import CameraMapping, FourPoints, MappedCamera
from counter.floor.plan import FloorPlan

PLAN = FloorPlan(20, 10)
POINTS = FourPoints(
    ((0.3, 0.3), (0.7, 0.3), (0.9, 0.9), (0.1, 0.9)), ((0.1, 0.1), (0.5, 0.1), (0.5, 0.9), (0.1, 0.9))
)
FIRST, SECOND = CameraMapping(date(2026, 1, 10), POINTS), CameraMapping(date(2026, 3, 1), None)


def test_points_lead_to_metres_on_the_plan() -> None:
    places, _ = POINTS.homography(PLAN).to_floor(np.array(POINTS.picture))
    assert places == pytest.approx(np.array([(2, 1), (10, 1), (10, 9), (2, 9)]))


@pytest.mark.parametrize(
    ("day", "mapping"),
    [
        (date(2026, 1, 9), None),
        (date(2026, 1, 10), FIRST),
        (date(2026, 2, 28), FIRST),
        (date(2026, 3, 1), SECOND),
        (date(2027, 1, 1), SECOND),
    ],
)
def test_a_mapping_holds_from_its_day_until_the_next(day: date, mapping: CameraMapping | None) -> None:
    assert MappedCamera("till", [SECOND, FIRST]).mapping_on(day) == mapping


def test_a_camera_that_was_moved_has_no_homography_until_it_is_mapped_again() -> None:
    camera = MappedCamera("till", [FIRST, SECOND])
    assert camera.homography(FIRST, PLAN) is not None
    assert camera.homography(SECOND, PLAN) is None


def test_a_refusal_names_the_camera_and_the_day() -> None:
    outside = CameraMapping(
        date(2026, 1, 10), replace(POINTS, plan=((0.1, 0.1), (1.5, 0.1), (0.5, 0.9), (0.1, 0.9)))
    )
    with pytest.raises(UnusablePoints) as refused:
        MappedCamera("till", [outside]).homography(outside, PLAN)
    assert str(refused.value) == (
        "camera till, mapped from 2026-01-10 on: point 2 is at (1.5, 0.1), outside the plan:"
        " give numbers from 0 to 1"
    )
