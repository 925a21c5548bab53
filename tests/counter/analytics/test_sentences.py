import pytest

from counter.analytics.figures import Basis, Evidence
from counter.analytics.sentences import (
    explain,
    gaps_not_filled,
    nothing_counted,
    percent,
    too_few_days,
    too_few_weekdays,
    too_wide,
    under_half_counted,
)


@pytest.mark.parametrize(
    ("basis", "sentence"),
    [
        (Basis(Evidence.REPLAY, 24, 0.08, 0.3), "The same hours hidden on 24 complete days: off by 8 %."),
        (
            Basis(Evidence.BESIDE, 0, 0.004, 0.04),
            "4 % is missing and estimated from the counts beside it: off by less than 1 %.",
        ),
        (
            Basis(Evidence.MOMENTS, 0, 0.02),
            "Nothing is missing; people come and go between two counts: off by 2 %.",
        ),
        (
            Basis(Evidence.MOMENTS),
            "Nothing is missing; people come and go between two counts: nearly nobody is there.",
        ),
        (
            Basis(Evidence.DAYS, 4, 0.12, 0.0, 0),
            "From 4 Mondays: another 4 would give a figure that is off by 12 %.",
        ),
        (Basis(Evidence.COUNTED), "The most that was counted at once."),
        (Basis(Evidence.COUNTED, missing=0.5), "50 % is missing: it may have been more."),
    ],
)
def test_a_sentence_explains_an_interval(basis: Basis, sentence: str) -> None:
    assert explain(basis) == sentence


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        (nothing_counted(), "nothing was counted"),
        (
            too_few_days(0.25, 0, 8),
            "25 % is missing, and of 8 earlier days counted at the same hours there is none",
        ),
        (
            too_few_days(0.25, 1, 8),
            "25 % is missing, and of 8 earlier days counted at the same hours there is only 1",
        ),
        (
            too_few_days(0.25, 7, 8),
            "25 % is missing, and of 8 earlier days counted at the same hours there are only 7",
        ),
        (too_few_weekdays(6, 1), "there is only one of the Sundays"),
        (too_few_weekdays(6, 3), "of 3 Sundays only one is counted well enough"),
        (under_half_counted(6), "under half was counted on each of the Sundays"),
        (
            gaps_not_filled(6),
            "the Sundays have gaps, and too few earlier days were counted at the same hours",
        ),
        (too_wide(2.0, 6.0), "too much is missing: the figure could be off by 33 %"),
        (too_wide(7.0, 6.0), "too much is missing: the figure could be off by more than itself"),
        (too_wide(1.0, 0.0), "too much is missing: the figure could be off by more than itself"),
    ],
)
def test_a_reason_says_why_a_figure_is_unknown(reason: str, sentence: str) -> None:
    assert reason == sentence


@pytest.mark.parametrize(
    ("share", "text"), [(0, "0 %"), (0.004, "less than 1 %"), (0.01, "1 %"), (0.126, "13 %")]
)
def test_percent(share: float, text: str) -> None:
    assert percent(share) == text
