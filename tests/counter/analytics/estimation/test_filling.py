import numpy as np
import pytest

from counter.analytics.estimation.filling import Variation, fill, variation, weights

HIDDEN = np.array([False, False, True, True, False, False])


def filled(values: list[float], expected: list[float], found: Variation) -> list[float]:
    day = np.array(values)
    usual = np.array(expected)
    return list(fill(day, usual, HIDDEN, weights(usual, HIDDEN, found)))


def test_where_days_differ_by_a_factor_todays_factor_is_taken() -> None:
    """Twice the usual in the counted quarter hours: twice the usual in the hidden ones."""
    expected = [2.0, 4.0, 6.0, 8.0, 4.0, 2.0]
    today = [4.0, 8.0, 0.0, 0.0, 8.0, 4.0]
    found = filled(today, expected, Variation(day=0.5, drift=0, memory=0.5, chance=0))
    assert found == pytest.approx([4, 8, 12, 16, 8, 4], rel=0.001)


def test_where_days_differ_by_chance_alone_the_usual_day_is_taken() -> None:
    found = filled([8.0] * 6, [4.0] * 6, Variation(day=0, drift=0, memory=0.5, chance=4.0))
    assert found[2:4] == pytest.approx([4, 4], abs=0.05)


def test_with_both_the_level_is_believed_in_part() -> None:
    """Flat at 4: the factor has variance 0.25, a quarter hour by chance 1/4 of it for each person, 4/16 =
    0.25.

    Four counted quarter hours at 8, twice the usual: the best linear prediction of the factor's deviation is
    4 * 0.25/(4 * 0.25 + 0.25) = 0.8 of what is seen (0.25 + 0.0004 for the least spread moves the third
    digit).
    """
    found = filled([8.0] * 6, [4.0] * 6, Variation(day=0.25, drift=0, memory=0.5, chance=1.0))
    assert found[2:4] == pytest.approx([7.2, 7.2], abs=0.01)


def test_nearer_quarter_hours_weigh_more() -> None:
    expected = [4.0] * 6
    today = [4.0, 6.0, 0.0, 0.0, 4.0, 4.0]
    found = filled(today, expected, Variation(day=0.0, drift=0.2, memory=0.5, chance=0.0))
    assert found[2] > found[3] > 4.0


def test_nobody_is_the_least() -> None:
    found = filled([0.0] * 6, [4.0] * 6, Variation(day=5.0, drift=5.0, memory=0.9, chance=0.0))
    assert found == pytest.approx([0.0] * 6, abs=0.05)


def test_a_day_without_any_count_is_the_usual_day() -> None:
    every, usual = np.ones(4, bool), np.array([1.0, 2.0, 3.0, 2.0])
    moved = weights(usual, every, Variation(0.2, 0.1, 0.5, 0.1))
    assert fill(np.full(4, np.nan), usual, every, moved) == pytest.approx(usual)


def test_the_variation_of_simulated_days_is_found() -> None:
    """2,000 days of a factor of variance 0.04, and Poisson counts of mean 10 besides."""
    rng = np.random.default_rng(1)
    factor = rng.normal(1, 0.2, (2000, 1))
    expected = np.full((2000, 40), 10.0)
    found = variation(rng.poisson(10 * factor * np.ones(40)).astype(float), expected)
    assert found.day == pytest.approx(0.04, rel=0.1)
    assert found.drift == pytest.approx(0.0, abs=0.002)
    assert found.chance == pytest.approx(1.0, rel=0.1)


def test_a_drift_is_told_from_a_factor_of_the_day() -> None:
    """Deviations that are 0.8 times as alike for each quarter hour between, of variance 0.09."""
    rng = np.random.default_rng(1)
    logs = rng.normal(0, 0.3, (2000, 40))
    for slot in range(1, 40):
        logs[:, slot] = 0.8 * logs[:, slot - 1] + 0.6 * logs[:, slot]
    found = variation(10 * (1 + logs), np.full((2000, 40), 10.0))
    assert found.drift == pytest.approx(0.09, rel=0.2)
    assert found.memory == pytest.approx(0.8, abs=0.06)
    assert found.day == pytest.approx(0.0, abs=0.01)


@pytest.mark.parametrize("slots", [1, 2, 3, 5, 12, 96])
def test_short_days_have_a_variation_too(slots: int) -> None:
    days = np.random.default_rng(3).poisson(4, (10, slots)).astype(float)
    found = variation(days, np.full((10, slots), 4.0))
    assert all(np.isfinite(value) for value in (found.day, found.drift, found.memory, found.chance))
