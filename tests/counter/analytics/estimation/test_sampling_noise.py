from typing import Any

import numpy as np
import pytest

from counter.analytics.estimation.arrays import Floats
from counter.analytics.estimation.sampling_noise import noise_factor


@pytest.mark.parametrize("counts", [1, 3, 15, 900])
def test_counts_that_have_nothing_in_common_are_independent(counts: int) -> None:
    """The variance of a Poisson count is its mean, dispersion 1; then that of the mean of n is m/n."""
    assert noise_factor(1.0, 1 / counts, counts) == pytest.approx(1.0, abs=0.04)


@pytest.mark.parametrize(("counts", "pairs_apart"), [(3, 4 / 3), (15, 16 / 3)])
def test_long_stays_leave_little_to_chance(counts: int, pairs_apart: float) -> None:
    """People stay 100 times as long as a count is from the next, a = 0.01.

    Two counts k apart differ by those who came and those who went, dispersion a k. The pairs of n counts are
    (n + 1)/3 apart on average. Each visitor's stay is measured with an error of variance S^2/6, and m/W S
    visitors come between two counts: n times the variance of the mean, divided by m, is a/6.
    """
    assert noise_factor(0.01 * pairs_apart, 0.0, counts) == pytest.approx(0.01 / 6, rel=0.05)


def test_errors_of_the_detector_are_independent() -> None:
    """Counts of variance 2.5 times their mean, and means of three of a third of that: they have nothing in
    common.
    """
    assert noise_factor(2.5, 2.5 / 3, 3) == pytest.approx(2.5, rel=0.06)


def test_groups_are_as_many_times_the_noise_of_people_alone() -> None:
    """Groups of 4 who stay 100 times as long as a count is from the next, which is rare: a = 0.01, as above.

    All variances are 4 times as large, here within a quarter hour 4 * 4/3 * 0.01 = 0.053. A second shop with
    a hundred times the dispersion has the same ratio of means to counts, so its noise is a hundred times as
    large.
    """
    # Means of neighbouring quarter hours: 2/3 of the change of 2 a n in a quarter hour, n = 3.
    within, between = 100 * 0.01 * 4 / 3, 100 * 2 / 3 * 0.01 * 3
    assert noise_factor(within, between, 3) == pytest.approx(100 * 0.01 / 6, rel=0.1)


def test_counts_that_never_differ_have_no_noise() -> None:
    assert noise_factor(0.0, 0.0, 3) == 0.0


def test_the_factor_is_that_of_simulated_exponential_stays() -> None:
    """Counts each 5 minutes of people who stay 5 minutes, a = 1, over 400 hours."""
    rng = np.random.default_rng(4)
    came = np.sort(rng.uniform(0, 24_000, 24_000 * 4))
    went = np.sort(came + rng.exponential(5, len(came)))
    at = np.arange(0, 24_000, 5.0)
    counts = np.searchsorted(came, at) - np.searchsorted(went, at)
    blocks = counts[960:].reshape(-1, 96)  # of 8 hours, after the first hours of an empty shop
    edges = np.arange(4800, 24_001, 480.0)

    def minutes(moments: Floats) -> Any:
        number = np.searchsorted(moments, edges)
        return number * edges - np.concatenate([[0], np.cumsum(moments)])[number]

    true = np.diff(minutes(came) - minutes(went)) / 480
    error = blocks.mean(axis=1) - true
    within = counts[960:].reshape(-1, 3).var(axis=1, ddof=1).mean() / counts[960:].mean()
    factor = noise_factor(within, 0.0, 3)
    expected = factor * counts[960:].mean() / 96
    # Forty errors: their mean square is within 45 % of the variance in 95 % of cases.
    assert (error**2).mean() == pytest.approx(expected, rel=0.45)
    assert factor < 0.35
