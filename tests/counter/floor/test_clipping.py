import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counter.analytics.estimation.arrays import Floats
from counter.floor.clipping import overlaps


def grid(polygons: Floats, shape: tuple[int, int]) -> Floats:
    """The areas as [polygons, rows, columns]."""
    found = overlaps(polygons, shape)
    areas = np.zeros((len(polygons), shape[0] * shape[1]))
    np.add.at(areas, (found.polygon, found.cell), found.area)
    return areas.reshape(len(polygons), *shape)


def test_areas_worked_by_hand() -> None:
    square = [[0.5, 0.5], [2.5, 0.5], [2.5, 1.5], [0.5, 1.5]]
    # A triangle as a quadrilateral with a corner twice: right angle at (0, 0), both legs of 2.
    triangle = [[0, 0], [2, 0], [0, 2], [0, 2]]
    areas = grid(np.array([square, triangle], float), (2, 3))
    assert areas[0] == pytest.approx(np.array([[0.25, 0.5, 0.25], [0.25, 0.5, 0.25]]))
    assert areas[1] == pytest.approx(np.array([[1, 0.5, 0], [0.5, 0, 0]]))


def test_the_direction_of_the_corners_does_not_matter() -> None:
    quad = np.array([[[0.2, 0.1], [3.7, 0.9], [2.9, 3.3], [0.4, 2.2]]])
    assert grid(quad, (4, 4)) == pytest.approx(grid(quad[:, ::-1], (4, 4)))


def test_a_notch_in_a_polygon_is_left_out() -> None:
    """A U: the cell in the middle of the upper row belongs to the notch."""
    corners = [[0, 0], [1, 0], [1, 1], [2, 1], [2, 0], [3, 0], [3, 2], [0, 2]]
    assert grid(np.array([corners], float), (2, 3))[0] == pytest.approx(np.array([[1, 0, 1], [1, 1, 1]]))


def test_what_lies_outside_the_grid_is_in_no_cell() -> None:
    around = np.array([[[-5, -5], [9, -5], [9, 9], [-5, 9]], [[20, 20], [21, 20], [21, 21], [20, 21]]], float)
    areas = grid(around, (2, 3))
    assert areas[0] == pytest.approx(np.ones((2, 3)))
    assert not areas[1].any()
    assert overlaps(np.zeros((0, 4, 2)), (2, 3)).area.size == 0


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_cells_add_up_to_the_polygon(seed: int) -> None:
    """Convex quadrilaterals of all sizes: corners on an ellipse, in order."""
    random = np.random.default_rng(seed)
    angles = np.sort(random.random((5, 4)) * 2 * np.pi, axis=1)
    sizes = 10 ** random.uniform(-2, 0.8, (5, 1, 2))
    quads = 10 + sizes * np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    first, second = quads[:, 2] - quads[:, 0], quads[:, 3] - quads[:, 1]
    whole = np.abs(first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]) / 2
    areas = grid(quads, (20, 20))
    assert areas.sum(axis=(1, 2)) == pytest.approx(whole, abs=1e-6)
    assert areas.max() <= 1 + 1e-9


def test_a_cell_holds_the_share_of_random_points_that_fall_in_both() -> None:
    quad = np.array([[0.3, 0.2], [3.6, 0.7], [2.8, 3.5], [0.9, 2.6]])
    points = np.random.default_rng(7).random((200_000, 2)) * 4
    edges = np.roll(quad, -1, axis=0) - quad
    sides = [
        edge[0] * (points[:, 1] - corner[1]) - edge[1] * (points[:, 0] - corner[0]) > 0
        for edge, corner in zip(edges, quad, strict=True)
    ]
    inside = points[np.all(sides, axis=0)].astype(int)
    counted = np.bincount(inside[:, 1] * 4 + inside[:, 0], minlength=16).reshape(4, 4) / 200_000 * 16
    assert grid(quad[None], (4, 4))[0] == pytest.approx(counted, abs=0.02)
