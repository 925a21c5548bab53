import numpy as np
import pytest

from counter.analytics.estimation.usual import smoothed, spread, usual

WEEKDAYS = np.arange(24) % 6


def test_a_neighbour_counts_for_a_quarter() -> None:
    # The ends are their own neighbours: (4 + 2*4 + 0)/4, (4 + 0 + 8)/4, (0 + 2*8 + 8)/4.
    assert smoothed(np.array([[4.0, 0.0, 8.0]])).tolist() == [[3.0, 3.0, 6.0]]


def test_days_that_are_all_alike_are_what_is_usual() -> None:
    found = usual(np.full((24, 8), 3.0), WEEKDAYS, 2)
    np.testing.assert_allclose(found.expected, 3.0, rtol=1e-6)
    np.testing.assert_allclose(found.without, 3.0, rtol=1e-6)


def test_a_weekday_with_a_level_of_its_own_is_expected_to_have_it() -> None:
    past = np.where(WEEKDAYS == 5, 6.0, 3.0)[:, None] * np.ones(8)
    assert usual(past, WEEKDAYS, 5).expected == pytest.approx(np.full(8, 6.0), rel=0.01)
    assert usual(past, WEEKDAYS, 1).expected == pytest.approx(np.full(8, 3.0), rel=0.01)


def test_a_weekday_with_a_shape_of_its_own_is_expected_to_have_it() -> None:
    past = np.where((WEEKDAYS == 5)[:, None], np.arange(8.0)[::-1] + 1, np.arange(8.0) + 1)
    expected = usual(past, WEEKDAYS, 5).expected
    # A straight line stays one when it is smoothed, but for its ends.
    assert expected[1:-1] == pytest.approx(np.arange(8.0)[::-1][1:-1] + 1, rel=0.01)


def test_weekdays_that_differ_by_chance_are_taken_as_one() -> None:
    rng = np.random.default_rng(2)
    past = rng.normal(10, 1, (24, 8))
    by_weekday = [usual(past, WEEKDAYS, day).expected.mean() for day in range(6)]
    own = [past[day == WEEKDAYS].mean() for day in range(6)]
    assert np.ptp(by_weekday) < np.ptp(own) / 2


def test_a_past_day_is_expected_without_itself() -> None:
    past = np.full((24, 8), 3.0)
    past[4] = 30.0
    found = usual(past, np.zeros(24, int), 0)
    assert found.without[4] == pytest.approx(np.full(8, 3.0), rel=0.01)
    assert found.without[5].mean() > 3.2


def test_a_weekday_never_seen_is_expected_to_be_like_the_others() -> None:
    assert usual(np.full((10, 4), 2.0), np.arange(10) % 5, 6).expected == pytest.approx([2.0] * 4)


def test_nobody_ever_is_a_usual_day_too() -> None:
    found = usual(np.zeros((10, 4)), np.arange(10) % 5, 0)
    assert np.isfinite(found.expected).all()
    assert found.expected.max() < 1e-6


def test_variances_are_those_of_the_analysis_of_variance() -> None:
    """Two weekdays with values 1, 3 and 5, 7: means 2 and 6, overall 4.

    Within: (1 + 1 + 1 + 1)/(4 - 2) = 2. Between: (2*4 + 2*4)/(2 - 1) = 16, so (16 - 2)/2 = 7.
    """
    found = spread(np.array([[1.0], [3.0], [5.0], [7.0]]), np.array([0, 0, 1, 1]))
    assert (found.within, found.between) == (2.0, 7.0)
    # Two days of a weekday are believed by 7/(7 + 2/2), none is not.
    assert found.trust(np.array([2.0, 0.0])).tolist() == [7 / 8, 0.0]


def test_a_single_weekday_tells_no_difference() -> None:
    assert spread(np.ones((5, 3)), np.zeros(5, int)).between == 0
