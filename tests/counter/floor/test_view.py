import numpy as np
import pytest

from counter.floor.homography import Homography
from counter.floor.plan import FloorPlan
from counter.floor.view import cell_corners, floor_view, watched_shares
from counter.rows.feet import COLUMNS, ROWS
from tests.counter.floor.shop import Pinhole

PLAN = FloorPlan(16, 9)
STRAIGHT_DOWN = Homography(np.diag([16.0, 9.0, 1.0]))
"""A picture that is the plan: a cell is 0.25 m x 0.25 m large, and the plan's cells are 2 x 2 of them."""


def feet(*cells: tuple[int, int]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    grid = np.zeros((ROWS, COLUMNS), np.int64)
    for row, column in cells:
        grid[row, column] = 900
    return grid.ravel()


def test_the_cells_of_the_grid_cover_the_picture_down_to_where_feet_are_cut_off() -> None:
    corners = cell_corners()
    assert corners[0].tolist() == [[0, 0], [1 / 64, 0], [1 / 64, 1 / 36], [0, 1 / 36]]
    assert corners[65, 0].tolist() == [1 / 64, 1 / 36]
    assert corners[-1, 2].tolist() == [1, 0.99]


def test_seconds_go_to_the_cells_below_by_area() -> None:
    view = floor_view(PLAN, STRAIGHT_DOWN)
    placed = view.placed(feet((0, 0), (1, 1), (3, 10)))
    assert placed[0, 0] == pytest.approx(1800)
    assert placed[1, 5] == pytest.approx(900)
    assert placed.sum() == pytest.approx(2700)


def test_a_cell_that_lies_across_four_is_spread_over_them() -> None:
    moved = Homography(np.array([[16.0, 0, 0.375], [0, 9.0, 0.4375], [0, 0, 1]]))
    placed = floor_view(PLAN, moved).placed(feet((4, 4)))
    # From 1.375 to 1.625 m across: half and half. From 1.4375 to 1.6875 m down: a quarter and three.
    assert placed[2:4, 2:4] == pytest.approx(900 * np.array([[0.125, 0.125], [0.375, 0.375]]))


def test_what_is_seen_is_measured_and_the_lowest_row_ends_early() -> None:
    seen = floor_view(PLAN, STRAIGHT_DOWN).seen
    assert seen[:-1] == pytest.approx(0.25)
    assert seen[-1] == pytest.approx(0.25 * (0.5 - 0.09) / 0.5)


def test_a_plan_cell_of_which_less_than_half_is_seen_is_not_shown() -> None:
    for move, shown in ((0.24, True), (0.26, False)):
        view = floor_view(PLAN, Homography(np.array([[16.0, 0, move], [0, 9.0, 0], [0, 0, 1]])))
        assert (view.seen[0, 0] > 0) == shown
        assert (view.placed(feet((0, 0)))[0, 0] > 0) == shown


def test_what_lies_beyond_the_plan_is_not_placed() -> None:
    view = floor_view(FloorPlan(8, 9), STRAIGHT_DOWN)
    assert view.placed(feet((0, 31), (0, 32), (5, 60))).sum() == pytest.approx(900)


def test_cells_at_the_horizon_beyond_it_and_far_away_see_no_floor() -> None:
    camera = Pinhole("c", (100, 199), -90, down=15)
    plan = FloorPlan(200, 200)
    homography = camera.points(plan, [(99, 195), (101, 195), (102, 190), (98, 190)]).homography(plan)
    view = floor_view(plan, homography)
    # The horizon is at 0.5 - 0.6 * 16 / 9 * tan(15 degrees) = 0.21 of the picture's height: in row 7.
    used = set((np.unique(view.foot_cell) // COLUMNS).tolist())
    assert 8 < min(used) < 15
    assert max(used) == ROWS - 1
    assert view.placed(feet((0, 5), (7, 30), (8, 30))).sum() == 0
    # Nothing is seen behind the camera, nor farther away than where a cell reaches over 5 m of floor.
    assert not view.seen[2 * 199 :].any()
    assert not view.seen[: 2 * 170].any()


def test_ignored_polygons_are_not_seen() -> None:
    left = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
    shares = watched_shares([left]).reshape(ROWS, COLUMNS)
    assert shares[:, :32] == pytest.approx(0)
    assert shares[:, 32:] == pytest.approx(1)
    seen = floor_view(PLAN, STRAIGHT_DOWN, [left]).seen
    assert not seen[:, :16].any()
    assert (seen[:, 16:] > 0).all()


def test_ignored_polygons_that_overlap_are_ignored_once() -> None:
    cell = ((0.0, 0.0), (1 / 64, 0.0), (1 / 64, 1 / 36), (0.0, 1 / 36))
    half = ((0.0, 0.0), (1 / 128, 0.0), (1 / 128, 1 / 36), (0.0, 1 / 36))
    assert watched_shares([half])[0] == pytest.approx(0.5)
    assert watched_shares([cell, half])[0] == 0
    assert watched_shares([cell, half])[1:] == pytest.approx(1)


def test_what_hangs_above_the_horizon_does_not_stand_behind_the_camera() -> None:
    """Half of this picture is above the horizon, whose lines of sight meet the floor behind the camera."""
    camera, plan = Pinhole("c", (10, 10), -90, down=5, focal=0.3), FloorPlan(20, 20)
    homography = camera.points(plan, [(9, 7), (11, 7), (12, 3), (8, 3)]).homography(plan)
    view = floor_view(plan, homography)
    assert view.placed(feet((0, 32), (3, 20))).sum() == 0
    assert not view.seen[20:].any()
    assert view.seen[:16].any()
