from math import cos, pi, sin
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.registry.polygons import Point, Polygon, contains, polygon_problems

TRIANGLE: Polygon = ((0.0, 0.0), (1.0, 0.0), (0.5, 1.0))
SQUARE = ((0.2, 0.2), (0.6, 0.2), (0.6, 0.6), (0.2, 0.6))
U_SHAPE = ((0.0, 0.0), (0.2, 0.0), (0.2, 0.6), (0.8, 0.6), (0.8, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))


@pytest.mark.parametrize(
    ("polygon", "point", "inside"),
    [
        (SQUARE, (0.4, 0.4), True),
        (SQUARE, (0.7, 0.4), False),
        (SQUARE, (0.1, 0.4), False),
        (SQUARE, (0.4, 0.2), True),
        (SQUARE, (0.2, 0.4), True),
        (SQUARE, (0.4, 0.6), False),
        (SQUARE, (0.6, 0.4), False),
        (SQUARE[::-1], (0.4, 0.4), True),
        (U_SHAPE, (0.5, 0.3), False),
        (U_SHAPE, (0.1, 0.3), True),
        (U_SHAPE, (0.5, 0.8), True),
    ],
)
def test_contains(polygon: Polygon, point: Point, inside: bool) -> None:
    assert contains(polygon, point) is inside


def test_every_point_is_in_exactly_one_of_the_zones_that_share_an_edge() -> None:
    left = ((0.0, 0.0), (0.7, 0.0), (0.3, 1.0), (0.0, 1.0))
    right = ((0.7, 0.0), (1.0, 0.0), (1.0, 1.0), (0.3, 1.0))
    random = Random(1)
    ys = [random.random() for _ in range(500)]
    points = [(random.random(), y) for y in ys] + [(0.7 - 0.4 * y, y) for y in ys]
    assert all(contains(left, point) != contains(right, point) for point in points)


@pytest.mark.parametrize(
    "polygon",
    [
        TRIANGLE,
        TRIANGLE[::-1],
        ((0.0, 0.0), (0.001, 0.0), (0.001, 0.001), (0.0, 0.001)),
        ((0.0, 0.0), (0.5, 0.0), (1.0, 0.0), (0.5, 1.0)),
    ],
)
def test_a_polygon_may_go_round_either_way_and_be_small(polygon: Polygon) -> None:
    assert list(polygon_problems(polygon)) == []


@pytest.mark.parametrize(
    ("polygon", "edges"),
    [
        (((0.0, 0.0), (1.0, 1.0), (1.0, 0.0), (0.0, 1.0)), (1, 3)),  # the areas of the two halves cancel out
        (((0.1, 0.1), (0.9, 0.9), (0.9, 0.1), (0.1, 0.6)), (1, 3)),
        (((0.2, 0.0), (0.2, 1.0), (0.0, 0.5), (0.8, 0.5)), (1, 3)),
        (((0.0, 0.5), (0.8, 0.5), (0.2, 0.0), (0.2, 1.0)), (1, 3)),
        (((0.0, 0.0), (0.8, 0.0), (0.8, 0.8), (0.4, 0.9), (0.4, 0.5), (1.0, 0.4), (0.0, 0.9)), (2, 5)),
        (((0.5, 0.0), (0.8, 1.0), (0.0, 0.4), (1.0, 0.4), (0.2, 1.0)), (1, 3)),  # a star, hollow inside
    ],
)
def test_a_polygon_that_crosses_itself(polygon: Polygon, edges: tuple[int, int]) -> None:
    (problem,) = polygon_problems(polygon)
    assert problem == (
        f"crosses itself, its edge {edges[0]} meets its edge {edges[1]}:"
        " give its corners in their order around it"
    )


@pytest.mark.parametrize(
    "polygon",
    [
        ((0.0, 0.0), (0.6, 0.0), (0.6, 0.6), (0.3, 0.1), (0.0, 0.6)),  # hollow on one side
        (*TRIANGLE, TRIANGLE[0]),  # closed by its first corner again
        ((0.0, 0.0), (0.0, 0.0), (1.0, 0.0), (0.5, 1.0)),  # a corner clicked twice
        ((0.0, 0.0), (0.7, 0.7), (0.7, 0.0), (0.21, 0.21), (0.0, 0.7)),  # a corner on another edge
        # A ring: out along the cut, round the hole the other way, and back.
        (
            (0.0, 0.0), (0.9, 0.0), (0.9, 0.9), (0.0, 0.9), (0.0, 0.0),
            (0.3, 0.3), (0.3, 0.6), (0.6, 0.6), (0.6, 0.3), (0.3, 0.3),
        ),
    ],
)  # fmt: skip
def test_a_polygon_may_touch_itself(polygon: Polygon) -> None:
    assert list(polygon_problems(polygon)) == []


@given(st.lists(st.floats(0.05, 1.0), min_size=3, max_size=9), st.floats(0.0, 6.0))
def test_corners_in_their_order_around_a_point_never_cross(radii: list[float], turn: float) -> None:
    angles = [turn + 2 * pi * index / len(radii) for index in range(len(radii))]
    star = tuple(
        (0.5 + 0.4 * radius * cos(angle), 0.5 + 0.4 * radius * sin(angle))
        for radius, angle in zip(radii, angles, strict=True)
    )
    assert list(polygon_problems(star)) == []
