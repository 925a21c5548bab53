import numpy as np
import pytest

from counter.analytics.estimation.replay import CameraDay, joined, replay

NAN = np.nan
WEEKDAYS = np.arange(12) % 6
MIDDLE = np.array([False, True, True, False])
NONE = np.zeros(4, bool)


def flat(level: float, days: int = 12) -> np.ndarray:
    return np.full((days, 4), level)


def test_areas_are_added_and_of_an_areas_cameras_the_greatest_is_taken() -> None:
    means = np.array([[1.0, 5.0], [3.0, 2.0], [2.0, NAN]])
    # Area 7: max(1, 3) and max(5, 2); area 9: 2, and a camera that was not there.
    assert joined(means, np.array([7, 7, 9])).tolist() == [5.0, 5.0]


def test_days_that_are_all_alike_are_filled_without_an_error() -> None:
    found = replay([CameraDay(0, np.array([4.0, NAN, NAN, 4.0]), MIDDLE, flat(4.0))], WEEKDAYS, 0)
    assert found.filled[0] == pytest.approx([4.0] * 4, rel=1e-4)
    assert found.errors == pytest.approx(np.zeros((12, 4)), abs=1e-3)


def test_a_dark_camera_whose_floor_another_sees_costs_nothing() -> None:
    dark = CameraDay(
        0, np.array([4.0, NAN, NAN, 4.0]), MIDDLE, np.random.default_rng(1).poisson(4, (12, 4)) * 1.0
    )
    seeing = CameraDay(0, np.full(4, 20.0), NONE, flat(20.0))
    assert not replay([dark, seeing], WEEKDAYS, 0).errors.any()


def test_errors_are_of_filled_less_counted() -> None:
    """One past day of 12 is twice as high in the hidden part alone: nothing told of it, so it is filled too
    low.
    """
    past = flat(4.0)
    past[3, 1:3] = 8.0
    found = replay([CameraDay(0, np.array([4.0, NAN, NAN, 4.0]), MIDDLE, past)], WEEKDAYS, 0)
    worst = found.errors[3]
    assert worst[1] < -3
    assert worst[0] == 0.0
    assert abs(found.errors[4, 1]) < 1


def test_errors_grow_with_todays_level() -> None:
    """Today has twice the level of the past days: errors grow by the root of (2 + 4)/2."""
    past = np.array([[4.0, 4.0, 4.0, 4.0], [6.0, 5.0, 7.0, 6.0]] * 6)
    found = [
        replay([CameraDay(0, np.array([level, NAN, NAN, level]), MIDDLE, past)], WEEKDAYS, 0)
        for level in (5.0, 10.0)
    ]
    levels = [day.filled.sum() for day in found]
    scale = [np.sqrt((level / past.sum(1) + (level / past.sum(1)) ** 2) / 2) for level in levels]
    np.testing.assert_allclose(found[1].errors / scale[1][:, None], found[0].errors / scale[0][:, None])


def test_a_camera_that_is_not_due_at_a_time_stays_out_of_it() -> None:
    day = CameraDay(0, np.array([NAN, 4.0, NAN, 4.0]), np.array([False, False, True, False]), flat(4.0))
    day.past[:, 0] = NAN
    found = replay([day], WEEKDAYS, 0)
    assert np.isnan(found.filled[0, 0])
    assert found.filled[0, 2] == pytest.approx(4.0, rel=1e-4)
    assert (found.errors[:, 0] == 0).all()
