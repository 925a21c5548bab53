import pytest

from counter.analytics.estimation.student import NORMAL, t_quantile


@pytest.mark.parametrize(
    ("days", "quantile"),
    # Table of the t distribution, 97.5 %.
    [(1, 12.706), (2, 4.303), (3, 3.182), (4, 2.776), (5, 2.571), (8, 2.306), (24, 2.064), (120, 1.980)],
)
def test_quantiles_are_those_of_the_table(days: int, quantile: float) -> None:
    assert t_quantile(days) == pytest.approx(quantile, rel=0.001)


def test_many_days_are_normal() -> None:
    assert t_quantile(10**6) == pytest.approx(NORMAL, rel=1e-5)


def test_no_day_gives_no_interval() -> None:
    with pytest.raises(ValueError, match="at least one"):
        t_quantile(0)
