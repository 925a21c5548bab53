from dataclasses import replace
from datetime import date, timedelta
from math import dist

import numpy as np
import pytest

from counter.analytics.estimation.arrays import Floats
from counter.floor.floor_map import FloorMap, difference
from counter.floor.homography import UnusablePoints
from counter.floor.mapping import CameraMapping, FourPoints, MappedCamera
from counter.floor.plan import FloorPlan, UnusablePlan
from counter.floor.view import cell_corners
from tests.counter.floor.shop import DAY, PEOPLE, Pinhole, around, drawn, evenly, inside, line

NEXT = DAY + timedelta(days=1)
SMALL = FloorPlan(16, 9)
WHOLE = FourPoints(*[((0.0, 0.0), (1.0, 0.0), (1.0, 0.99), (0.0, 0.99))] * 2)
"""A picture that is the plan: a cell is 0.25 m x 0.25 m large."""
LEFT = FourPoints(WHOLE.picture, ((0.0, 0.0), (0.5, 0.0), (0.5, 0.99), (0.0, 0.99)))
"""A picture that is the left half of the plan: a cell is 0.125 m wide."""


def mapped(name: str, *mappings: tuple[date, FourPoints | None]) -> MappedCamera:
    return MappedCamera(name, [CameraMapping(*mapping) for mapping in mappings])


def test_the_scale_is_person_minutes_for_each_square_metre_and_counted_hour() -> None:
    """One person for half of two counted hours on a quarter of a square metre: 2 people a square metre."""
    lines = [line("a", {0: 3600}, 7200)]
    found = drawn(SMALL, [mapped("a", (date.min, WHOLE))], lines)
    assert found.density[0, 0] == pytest.approx(0.5 / 0.25 * 60)
    assert found.density[0, 1] == 0
    assert found.cameras[0].counted_hours == 2
    assert found.cameras[0].drawn == pytest.approx(60)


def test_the_greatest_camera_of_a_cell_is_taken_after_the_span_is_added_up() -> None:
    """Two cameras see somebody in turns: each for half of the time, so both say half, not one."""
    cameras = [mapped("a", (date.min, WHOLE)), mapped("b", (date.min, WHOLE))]
    lines = [line("a", {0: 900}), line("a", {0: 0}), line("b", {0: 0}), line("b", {0: 900})]
    found = drawn(SMALL, cameras, lines)
    assert found.density[0, 0] == pytest.approx(0.5 / 0.25 * 60)


def test_each_camera_counts_by_its_own_hours() -> None:
    cameras = [mapped("a", (date.min, WHOLE)), mapped("b", (date.min, LEFT))]
    lines = [line("a", {0: 90, 63: 90}, 900), line("b", {0: 45}, 225)]
    found = drawn(SMALL, cameras, lines)
    assert found.density[0, 0] == pytest.approx(45 / 225 / 0.25 * 60)
    assert found.density[0, 31] == pytest.approx(90 / 900 / 0.25 * 60)


def test_cells_that_no_counting_camera_sees_are_unknown_and_never_cold() -> None:
    cameras = [mapped("a", (date.min, LEFT)), mapped("b", (date.min, WHOLE))]
    found = drawn(SMALL, cameras, [line("a", {}), line("b", {}, 0)])
    assert (found.density[:, :16] == 0).all()
    assert np.isnan(found.density[:, 16:]).all()
    assert np.isnan(drawn(SMALL, cameras, []).density).all()
    assert drawn(SMALL, cameras, []).peak is None


def test_a_span_is_split_where_a_mapping_begins() -> None:
    """The camera saw the whole plan, then its left half: feet lie where the mapping of their day says."""
    camera = mapped("a", (date.min, WHOLE), (NEXT, LEFT))
    found = drawn(SMALL, [camera], [line("a", {63: 900}), line("a", {63: 900}, 1800, day=NEXT)])
    assert found.density[0, 31] == pytest.approx(1 / 0.25 * 60)
    # Seen on both days, hot on the second, which is twice as long.
    assert found.density[0, 15] == pytest.approx(900 / 2700 / 0.25 * 60)
    assert found.cameras[0].mappings == 2


def test_what_no_mapping_places_is_counted_apart() -> None:
    camera = mapped("a", (DAY, WHOLE), (NEXT, None))
    days = [DAY - timedelta(days=1), DAY, NEXT, NEXT + timedelta(days=1)]
    (share,) = drawn(SMALL, [camera], [line("a", {0: 900}, 3600, day=day) for day in days]).cameras
    assert (share.counted_hours, share.person_minutes, share.unmapped_hours) == (1, 15, 3)


def test_feet_that_are_cut_off_or_beyond_the_plan_are_left_out_and_counted() -> None:
    lines = [line("a", {0: 600, 63: 900}, cut_off=300), line("a", None, 7200, cut_off=100)]
    (share,) = drawn(FloorPlan(8, 9), [mapped("a", (date.min, WHOLE))], lines).cameras
    assert (share.drawn, share.cut_off, share.elsewhere) == pytest.approx((25, 5, 0))
    assert share.ungridded_hours == 2
    beyond = Pinhole("a", (4, 8.8), -90, down=40).points(FloorPlan(8, 9), [(3, 7), (5, 7), (6, 3), (2, 3)])
    (share,) = drawn(FloorPlan(8, 9), [mapped("a", (date.min, beyond))], lines).cameras
    assert share.elsewhere == pytest.approx(25)


def test_unusable_points_name_the_camera() -> None:
    flat = replace(WHOLE, picture=((0.1, 0.1), (0.2, 0.1), (0.3, 0.1), (0.4, 0.1)))
    with pytest.raises(
        UnusablePoints, match=r"^camera a, mapped from 2026-03-02 on: the four points lie on a line"
    ):
        drawn(SMALL, [mapped("a", (DAY, flat))], [line("a", {})])


def test_the_difference_of_two_spans_is_unknown_where_one_of_them_is() -> None:
    after = drawn(SMALL, [mapped("a", (date.min, WHOLE))], [line("a", {0: 900, 63: 900})])
    before = drawn(SMALL, [mapped("a", (date.min, LEFT))], [line("a", {0: 1800})])
    change = difference(after, before)
    assert change[0, 0] == pytest.approx((1 - 2) / 0.25 * 60)
    assert np.isnan(change[0, 31])
    with pytest.raises(UnusablePlan, match="different floor plans"):
        difference(after, replace(before, plan=FloorPlan(8, 9)))


# Evenness.

CAMERA = Pinhole("c", (8, 13.7), -90)
LARGE = FloorPlan(16, 14)
CORNERS = [(6.5, 12.0), (9.5, 12.0), (10.5, 8.0), (5.5, 8.0)]


def spread(places: Floats) -> tuple[float, float]:
    """Mean of the map, and standard deviation / mean, 0.5 m inside the view."""
    found = drawn(LARGE, [CAMERA.mapped(LARGE, CORNERS)], [CAMERA.line(places)])
    density = found.density[inside(CAMERA, LARGE, 0.5)]
    assert density.size > 200
    return float(density.mean()), float(density.std() / density.mean())


def test_people_spread_evenly_give_an_even_map() -> None:
    mean, variation = spread(evenly(LARGE))
    assert mean == pytest.approx(PEOPLE / (16 * 14) * 60, rel=0.01)
    assert variation <= 0.02


def test_people_at_random_places_give_an_even_map_once_there_are_enough_of_them() -> None:
    """69,000 feet: ten people each 5 minutes, in eight weeks of 72 hours; 77 for each cell of the plan."""
    places = np.random.default_rng(5).random((69_000, 2)) * (16, 14)
    assert spread(places)[1] <= 0.10


def test_walls_within_the_view_do_not_matter_at_half_a_metre_from_them() -> None:
    plan, camera = FloorPlan(10, 8), replace(CAMERA, at=(5, 7.7))
    corners = [(x - 3, y - 6) for x, y in CORNERS]
    found = drawn(plan, [camera.mapped(plan, corners)], [camera.line(evenly(plan))])
    chosen = inside(camera, plan, 0.5)
    chosen[[0, -1]] = chosen[:, [0, -1]] = False
    density = found.density[chosen]
    assert density.size > 120
    assert density.std() / density.mean() <= 0.10


# Two cameras, against one that sees everything.

HALL = FloorPlan(12, 8)
WEST = Pinhole("west", (0.2, 4), 0, down=35, focal=0.5)
EAST = Pinhole("east", (11.8, 4), 180, down=35, focal=0.5)
ABOVE = Pinhole("above", (6, 4), -90, down=90, height=8)
HALL_CAMERAS = [
    WEST.mapped(HALL, [(2, 3), (6, 2), (6, 6), (2, 5)]),
    EAST.mapped(HALL, [(10, 5), (6, 6), (6, 2), (10, 3)]),
]


@pytest.mark.parametrize("spot", [(6.0, 4.0), (4.0, 3.0), (8.5, 5.0)])
def test_two_cameras_that_overlap_give_what_one_that_sees_everything_gives(spot: tuple[float, float]) -> None:
    places = np.concatenate([evenly(HALL, 0.03), around(spot, 0.5)])
    two = drawn(HALL, HALL_CAMERAS, [WEST.line(places), EAST.line(places)])
    corners = [(2.0, 1.0), (10.0, 1.0), (10.0, 7.0), (2.0, 7.0)]
    whole = drawn(HALL, [ABOVE.mapped(HALL, corners)], [ABOVE.line(places)])
    both = np.isfinite(two.density) & np.isfinite(whole.density)
    assert both.sum() > 300
    shared = WEST.visible(np.array(spot)) & EAST.visible(np.array(spot))
    assert shared
    assert two.density[both].sum() / whole.density[both].sum() == pytest.approx(1, abs=0.02)
    assert np.abs(two.density - whole.density)[both].sum() / whole.density[both].sum() <= 0.05
    assert np.abs(two.density - whole.density)[both].max() / whole.density[both].max() <= 0.12
    assert dist(two.peak or (), whole.peak or ()) < 0.1


# Clicks.

ROOM = FloorPlan(12, 10)
CLICKER = Pinhole("c", (6, 9.7), -90)
CLICKS = CLICKER.points(ROOM, [(4.5, 8), (7.5, 8), (8.5, 4), (3.5, 4)])


def clicked(random: np.random.Generator, points: FourPoints, *, on_plan: bool) -> FourPoints:
    """The points, each off by 2 % of the picture in some direction; or in both by up to 2 %."""

    def moved(side: tuple[tuple[float, float], ...], length: Floats) -> tuple[tuple[float, float], ...]:
        turn = random.random(4) * 2 * np.pi
        off = np.array(side) + length[:, None] * np.stack([np.cos(turn), np.sin(turn)], axis=-1)
        return tuple((float(x), float(y)) for x, y in off)

    if not on_plan:
        return FourPoints(moved(points.picture, np.full(4, 0.02)), points.plan)
    # Evenly over the disc.
    return FourPoints(
        *(moved(side, 0.02 * np.sqrt(random.random(4))) for side in (points.picture, points.plan))
    )


@pytest.mark.parametrize("on_plan", [False, True])
@pytest.mark.parametrize("spot", [(6.0, 6.0), (7.0, 4.5)])
def test_click_errors_of_two_percent_move_the_peak_by_less_than_half_a_metre(
    spot: tuple[float, float], *, on_plan: bool
) -> None:
    """Or by less than a cell of the picture, whichever is more."""
    counted = CLICKER.line(np.concatenate([evenly(ROOM, 0.05), around(spot, 0.5)]))

    def peak(points: FourPoints) -> tuple[float, float]:
        return drawn(ROOM, [mapped("c", (date.min, points))], [counted]).peak or (np.nan, np.nan)

    exact = peak(CLICKS)
    assert dist(exact, spot) < 0.25
    random = np.random.default_rng(3)
    off = [dist(peak(clicked(random, CLICKS, on_plan=on_plan)), exact) for _ in range(100)]
    assert max(off) < max(0.5, picture_cell(spot))
    # The errors do arrive.
    assert np.median(off) > 0.05


def picture_cell(spot: tuple[float, float]) -> float:
    """How many metres of floor the picture's cell at a place reaches over."""
    x, y = CLICKER.picture(np.array(spot))
    corners, _ = CLICKS.homography(ROOM).to_floor(cell_corners()[int(y * 36) * 64 + int(x * 64)])
    return max(dist(corners[0], corners[2]), dist(corners[1], corners[3]))


def test_the_peak_is_found_more_finely_than_the_cells_are() -> None:
    density = np.zeros((4, 5))
    density[1] = [0, 2, 4, 4, 0]
    density[2, 2] = 2
    found = FloorMap(FloorPlan(2.5, 2), density, ())
    # Half a cell to the right of the middle of cell 2, and half of that down from the middle of row 1.
    assert found.peak == pytest.approx((0.5 * (2.5 + 0.5), 0.5 * (1.5 + 1 / 6)))
