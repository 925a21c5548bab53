from math import inf

import pytest

from counter.analytics.figures import Evidence, Figure, Instants, Knowledge
from counter.analytics.judging import Estimate, Evidently, judge

COMPLETE = Evidently(Instants(100, 100), 0.0, 24, open=False)


def missing(gaps: int, *, unusual: float = 0.0, days: int = 24, still_open: bool = False) -> Evidently:
    return Evidently(Instants(100, 100 - gaps, {"no_media": gaps}), unusual, days, still_open)


@pytest.mark.parametrize(
    ("estimate", "evidence", "status"),
    [
        # Half-width 1.96 * 1.27 = 2.49 of 10: 25 %. And 1.28: 2.51.
        (Estimate(10.0, noise=1.27), missing(10), Knowledge.KNOWN),
        (Estimate(10.0, noise=1.28), missing(10), Knowledge.UNKNOWN),
        # Half a person is allowed, however few there are: 1.96 * 0.255 = 0.4998.
        (Estimate(0.2, noise=0.255), missing(10), Knowledge.KNOWN),
        (Estimate(0.2, noise=0.256), missing(10), Knowledge.UNKNOWN),
        # With nothing missing a figure is known, whatever its width.
        (Estimate(0.2, noise=5.0), COMPLETE, Knowledge.KNOWN),
        # More than 5 % missing on days before which there are too few.
        (Estimate(10.0), missing(10, unusual=0.051, days=7), Knowledge.UNKNOWN),
        (Estimate(10.0), missing(10, unusual=0.05, days=7), Knowledge.KNOWN),
        (Estimate(10.0, replayed=inf), COMPLETE, Knowledge.UNKNOWN),
        # What is not over may still become known.
        (Estimate(10.0), missing(10, still_open=True), Knowledge.PENDING),
        (Estimate(10.0, noise=5.0), missing(10, still_open=True), Knowledge.PENDING),
        (Estimate(10.0), Evidently(Instants(), 0.0, 24, open=False), Knowledge.CLOSED),
        (Estimate(10.0), Evidently(Instants(5), 0.0, 24, open=True), Knowledge.PENDING),
        (Estimate(10.0), missing(100), Knowledge.UNKNOWN),
    ],
)
def test_a_figure_is_known_or_says_why_not(
    estimate: Estimate, evidence: Evidently, status: Knowledge
) -> None:
    figure = judge(estimate, evidence)
    assert figure.status is status
    # An unknown figure has a reason in place of a value, a pending one perhaps; a known one has a value.
    assert (figure.value is None) == (figure.low is None)
    assert figure.value is not None or status is not Knowledge.KNOWN
    assert figure.reason or status is not Knowledge.UNKNOWN
    assert not figure.reason or figure.value is None


def test_an_interval_is_of_t_with_the_number_of_past_days() -> None:
    # t of 8 - 1 is 2.365: 2.365 * 0.3 and 1.96 * 0.4 people, which are independent: sqrt(0.5034 + 0.6147).
    figure = judge(Estimate(10.0, replayed=0.3, noise=0.4, days=8), missing(30))
    assert figure.high == pytest.approx(11.0574, abs=1e-3)
    assert figure.low == pytest.approx(8.9426, abs=1e-3)
    assert figure.basis is not None
    # sqrt(0.3^2 + 0.4^2)/10.
    assert (figure.basis.evidence, figure.basis.days, figure.basis.off) == (Evidence.REPLAY, 8, 0.05)


def test_people_are_not_fewer_than_none_and_a_share_is_not_more_than_all() -> None:
    assert judge(Estimate(0.1, noise=0.2), COMPLETE).low == 0.0
    assert judge(Estimate(0.9, noise=0.2), COMPLETE, most=1.0).high == 1.0


def test_other_units_have_the_same_interval() -> None:
    estimate = Estimate(7200.0, replayed=720.0, noise=72.0, days=24)
    assert estimate.scaled(1 / 60) == Estimate(120.0, 12.0, 1.2, 24)


def test_an_unknown_figure_has_no_numbers() -> None:
    assert judge(Estimate(10.0, noise=9.0), missing(10)) == Figure(
        Knowledge.UNKNOWN, reason="too much is missing: the figure could be off by more than itself"
    )
