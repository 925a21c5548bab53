"""Simulated shops: intervals hold the truth, and figures are nearer to it than the mean of what was counted.

A quick version of the benchmark `intervals`, which has many shops and 400 days each (docs/benchmarks.md).
"""

import pytest

from tests.counter.analytics.shops import SHOPS
from tests.counter.analytics.trials import Outcome, day_trials

DAYS = 100


@pytest.mark.parametrize(("missing", "ratio"), [(0.1, 0.9), (0.33, 0.8), (0.6, 0.75)])
@pytest.mark.parametrize("shop", ["as usual", "1-3 people", "other Saturdays"])
def test_a_block_hidden_with_24_past_days(shop: str, missing: float, ratio: float) -> None:
    found = Outcome.of(day_trials(SHOPS[shop], missing, DAYS, seed=5))
    # Of 100 intervals that hold the truth in 95 %, fewer than 89 do in one case of 120: the benchmark counts
    # 400.
    assert found.cover >= 0.89
    assert found.ratio <= ratio


def test_a_block_hidden_with_8_past_days() -> None:
    found = Outcome.of(day_trials(SHOPS["as usual"], 0.33, DAYS, past=8, seed=5))
    assert found.cover >= 0.87
    assert found.ratio <= 0.9


def test_with_nothing_missing_the_interval_is_of_the_moments_between_counts() -> None:
    found = Outcome.of(day_trials(SHOPS["1-3 people"], 0.0, DAYS, seed=5))
    assert found.cover >= 0.89
    # Not wider than it has to be: 2.6 % is the error of a day of this shop.
    assert found.half_width < 0.08


def test_an_interval_is_no_wider_than_it_has_to_be() -> None:
    """If it were twice as wide it would hold the truth, too."""
    found = Outcome.of(day_trials(SHOPS["as usual"], 0.33, DAYS, seed=5))
    assert found.half_width < 0.2
    assert found.unknown < 0.1
