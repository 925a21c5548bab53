from datetime import timedelta

import pytest

from infra.cost.certainty import variance_factor

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("every", "stay", "factor"),
    [
        # (5/10)^2 / 6 = 0.0417: 4 % at a stay of ten minutes.
        (300, 10 * MINUTE, 1.0417),
        # (5/2)^2 / 6 = 1.0417: double at a stay of two.
        (300, 2 * MINUTE, 2.0417),
        (60, 10 * MINUTE, 1.0017),
    ],
)
def test_a_slower_interval_costs_variance(every: int, stay: timedelta, factor: float) -> None:
    assert variance_factor(every, stay) == pytest.approx(factor, abs=5e-5)


def test_stays_that_vary_more_hide_it() -> None:
    assert variance_factor(300, 10 * MINUTE, 2.0) == pytest.approx(1 + 0.25 / 24)
