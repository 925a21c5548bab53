from math import inf, nan

import pytest

from counter.floor.plan import FloorPlan, PlanScale, UnusablePlan

ACROSS = PlanScale((0.25, 0.5), (0.75, 0.5), 10)


def test_a_distance_gives_the_size_in_metres() -> None:
    plan = FloorPlan.of_picture((1000, 600), ACROSS)
    assert (plan.width, plan.height) == pytest.approx((20, 12))
    assert plan.shape == (24, 40)
    assert plan.metres((0.5, 0.25)) == pytest.approx((10, 3))


def test_a_slanting_distance_is_measured_in_the_pictures_pixels() -> None:
    plan = FloorPlan.of_picture((1000, 500), PlanScale((0.1, 0.2), (0.4, 1.0), 5))
    assert (plan.width, plan.height) == pytest.approx((10, 5))


def test_a_plan_that_ends_within_a_cell_has_that_cell() -> None:
    assert FloorPlan(10.2, 4.0).shape == (8, 21)


@pytest.mark.parametrize(
    ("pixels", "scale", "sentence"),
    [
        ((1000, 600), None, "the floor plan has no scale: give two points"),
        ((0, 600), ACROSS, "the floor plan is 0 x 600 large"),
        ((nan, 600), ACROSS, "the floor plan is nan x 600 large"),
        (
            (1000, 600),
            PlanScale((0.25, 0.5), (1.75, 0.5), 10),
            "the point (1.75, 0.5) of the scale is outside",
        ),
        ((1000, 600), PlanScale((0.25, 0.5), (nan, 0.5), 10), "the point (nan, 0.5) of the scale is outside"),
        ((1000, 600), PlanScale((0.25, 0.5), (0.25, 0.5), 10), "too close together"),
        ((1000, 600), PlanScale((0.25, 0.5), (0.26, 0.5), 10), "too close together"),
        ((1000, 600), PlanScale((0.25, 0.5), (0.75, 0.5), 0), "the distance on the floor plan is 0 m"),
        ((1000, 600), PlanScale((0.25, 0.5), (0.75, 0.5), inf), "the distance on the floor plan is inf m"),
        ((1000, 600), PlanScale((0.25, 0.5), (0.75, 0.5), 1000), "2e+03 m x 1.2e+03 m large"),
        ((1000, 600), PlanScale((0.25, 0.5), (0.75, 0.5), 0.1), "0.2 m x 0.12 m large"),
    ],
)
def test_a_plan_without_metres_is_refused(
    pixels: tuple[float, float], scale: PlanScale | None, sentence: str
) -> None:
    with pytest.raises(UnusablePlan) as refused:
        FloorPlan.of_picture(pixels, scale)
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)
