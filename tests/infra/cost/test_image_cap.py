"""A frame a minute, 12 hours a day, is 21,600 images in 30 days."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from infra.cost.image_cap import Fit, ImageCapPassed, check_image_cap, fit, images_a_month
from ingest.registry.camera import Camera
from ingest.registry.opening_hours import parse
from ingest.registry.sampling import Sampling

NOW = datetime(2026, 11, 25, tzinfo=UTC)
HALF_A_DAY = parse("mon-sun 09:00-21:00")


def camera(name: str, every: int, *, enabled: bool = True) -> Camera:
    sampling = Sampling(every, opening_hours=HALF_A_DAY, enabled=enabled)
    return Camera(name, "north", NOW, sampling=sampling)


def test_images_of_a_month() -> None:
    assert images_a_month(camera("door", 60)) == 21_600
    assert images_a_month(camera("door", 60, enabled=False)) == 0


@pytest.mark.parametrize("cap", [0, 43_200])
def test_no_cap_and_one_that_is_just_reached_refuse_nothing(cap: int) -> None:
    check_image_cap(cap, {"door": camera("door", 60)}, [camera("till", 60)])


def test_the_sentence_names_what_fits() -> None:
    with pytest.raises(ImageCapPassed) as refused:
        check_image_cap(30_000, {"door": camera("door", 60)}, [camera("till", 60)])
    # 8,400 images are left: 1,296,000 open seconds each 154.3 s at least, so each 180 s; or 8,400 minutes in
    # 30 days, 4.67 hours a day, so four and a half.
    assert str(refused.value) == (
        "the cameras would need 43,200 images a month, and the stack's MonthlyImageCap is 30,000: an interval"
        " of 180 s or opening hours of at most 4.5 h a day would fit, or deploy with a higher cap; nothing"
        " was written"
    )


@pytest.mark.parametrize(
    ("left", "changed", "expected"),
    [
        (43_200, [camera("door", 10)], Fit(30, 4.0)),
        # Every 840 s needs 1,542.9.
        (1_542, [camera("door", 60)], Fit(None, 0.75)),
        (0, [camera("door", 60)], Fit(None, None)),
        (-5, [camera("door", 60)], Fit(None, None)),
        # One at 300 s keeps it: 4,320, and 4,680 are left for the other: each 276.9 s.
        (9_000, [camera("door", 60), camera("till", 300)], Fit(300, 4.0)),
    ],
)
def test_what_fits(left: float, changed: Sequence[Camera], expected: Fit) -> None:
    assert fit(left, changed) == expected


def test_a_change_that_needs_less_is_never_refused() -> None:
    before = {"door": camera("door", 60), "till": camera("till", 60)}
    check_image_cap(1_000, before, [camera("till", 300)])
    check_image_cap(1_000, before, [camera("till", 60)])


def test_nothing_fits() -> None:
    with pytest.raises(ImageCapPassed, match="nothing fits: count other cameras less often, or deploy"):
        check_image_cap(20_000, {"door": camera("door", 60)}, [camera("till", 60)])
