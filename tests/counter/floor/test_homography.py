from math import nan

import numpy as np
import pytest

from counter.floor.homography import Homography, UnusablePoints
from ingest.registry.polygons import Point
from tests.counter.floor.shop import Pinhole

PICTURE = ((0.3, 0.3), (0.7, 0.3), (0.9, 0.9), (0.1, 0.9))
FLOOR = ((2.0, 1.0), (6.0, 1.0), (6.0, 5.0), (2.0, 5.0))
CAMERA = Pinhole("c", (5, 9.7), -90)
CORNERS = [(4.0, 8.0), (6.0, 8.0), (7.0, 4.0), (3.0, 4.0)]


def seen(places: list[Point]) -> list[Point]:
    return [(float(x), float(y)) for x, y in CAMERA.picture(np.array(places))]


def test_four_points_of_a_camera_give_every_other_point() -> None:
    found = Homography.of_points(seen(CORNERS), CORNERS)
    others = [(5.0, 8.5), (1.0, 2.0), (9.0, 0.5)]
    places, depths = found.to_floor(np.array(seen(others)))
    assert places == pytest.approx(np.array(others))
    assert (depths > 0).all()
    assert found.to_picture(np.array(others)) == pytest.approx(np.array(seen(others)))


def test_what_is_beyond_the_horizon_or_behind_the_camera_has_no_place() -> None:
    level = Pinhole("c", (5, 9.7), -90, down=10)
    corners = [(4.0, 4.0), (6.0, 4.0), (7.0, 0.0), (3.0, 0.0)]
    picture = [(float(x), float(y)) for x, y in level.picture(np.array(corners))]
    found = Homography.of_points(picture, corners)
    _, depths = found.to_floor(np.array([[0.5, 0.05], [0.5, 0.9]]))
    assert depths[0] < 0 < depths[1]
    behind = found.to_picture(np.array([[5.0, 14.0], [5.0, 2.0]]))
    assert np.isnan(behind[0]).all()
    assert np.isfinite(behind[1]).all()


def test_a_horizon_through_the_pictures_corner_is_no_obstacle() -> None:
    """The third coordinate is 0 at (0, 0): equations that set it to 1 there have no solution."""
    matrix = np.array([[2.0, 0.5, 0.1], [0.2, 3.0, -1.0], [0.5, 1.0, 0.0]])
    floor = Homography(matrix).to_floor(np.array(PICTURE))[0]
    found = Homography.of_points(PICTURE, [(float(x), float(y)) for x, y in floor])
    assert found.matrix / found.matrix[2, 1] == pytest.approx(matrix, abs=1e-9)


@pytest.mark.parametrize("side", ["picture", "plan"])
@pytest.mark.parametrize(
    ("points", "sentence"),
    [
        (((0.1, 0.1), (0.2, 0.2), (0.5, 0.5), (0.9, 0.9)), "the four points lie on a line in the {}"),
        (((0.1, 0.1), (0.1, 0.1), (0.1, 0.1), (0.1, 0.1)), "the four points lie on a line in the {}"),
        (((0.1, 0.1), (0.5, 0.1), (0.9, 0.1), (0.5, 0.9)), "the points 1, 2 and 3 lie on a line in the {}"),
        (((0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.5, 0.505)), "the points 1, 3 and 4 lie on a line in the {}"),
        (((0.1, 0.1), (0.9, 0.1), (0.9, 0.1), (0.5, 0.9)), "the points 1, 2 and 3 lie on a line in the {}"),
    ],
)
def test_points_on_a_line_are_refused(side: str, points: tuple[Point, ...], sentence: str) -> None:
    sides = (points, FLOOR) if side == "picture" else (PICTURE, points)
    with pytest.raises(UnusablePoints) as refused:
        Homography.of_points(*sides)
    assert sentence.format(side) in str(refused.value)


@pytest.mark.parametrize("outside", [(1.2, 0.5), (0.5, -0.1), (nan, 0.5)])
def test_points_outside_the_picture_are_refused(outside: Point) -> None:
    with pytest.raises(
        UnusablePoints, match=r"point 3 is at \(.*\), outside the picture: give numbers from 0"
    ):
        Homography.of_points((*PICTURE[:2], outside, PICTURE[3]), FLOOR)


def test_fewer_than_four_points_are_refused() -> None:
    with pytest.raises(UnusablePoints, match="3 points in the picture and 4 on the plan: give four of each"):
        Homography.of_points(PICTURE[:3], FLOOR)


@pytest.mark.parametrize("order", [(1, 0, 2, 3), (0, 2, 1, 3), (0, 1, 3, 2), (3, 2, 1, 0)])
def test_points_in_another_order_are_refused(order: tuple[int, ...]) -> None:
    with pytest.raises(UnusablePoints, match="give them in the same order in the picture and on the plan"):
        Homography.of_points(PICTURE, [FLOOR[number] for number in order])
