"""Days of simulated shops with a block hidden: is the truth in the interval, and how far off is the
figure?
"""

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from counter.analytics.figures import STORE, Figure, Subject
from counter.analytics.judging import judge
from counter.analytics.series import Series, series
from counter.analytics.totals import total
from tests.counter.analytics.shops import CALENDAR, Days, Shop, columns_of, simulate, span_of

FUTURE = datetime(2030, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Trial:
    """One hidden block: the estimate and half of its interval, the mean of what was counted, and the
    truth.
    """

    value: float
    half_width: float
    counted: float
    truth: float
    status: str


@dataclass(frozen=True)
class Outcome:
    """Of many trials: how often the interval holds the truth, and the error against that of what was
    counted.
    """

    cover: float
    ratio: float
    half_width: float
    unknown: float

    @classmethod
    def of(cls, trials: list[Trial]) -> "Outcome":
        values = np.array([(t.value, t.half_width, t.counted, t.truth) for t in trials])
        error, naive = values[:, 0] - values[:, 3], values[:, 2] - values[:, 3]
        return cls(
            float((np.abs(error) <= values[:, 1]).mean()),
            float(np.sqrt((error**2).mean() / max(float((naive**2).mean()), 1e-12))),
            float((values[:, 1] / np.maximum(values[:, 3], 1e-9)).mean()),
            float(np.mean([t.status == "unknown" for t in trials])),
        )


def day_trials(
    shop: Shop, missing: float, number: int, *, past: int = 24, seed: int = 1, subject: Subject = STORE
) -> list[Trial]:
    """That many days, each with as many past days of its own and a block of its quarter hours hidden."""
    rng = np.random.default_rng(seed)
    return [
        _trial(simulate(shop, past + 1, rng, skip=trial % 7), missing, rng, subject)
        for trial in range(number)
    ]


def rolling_trials(
    shop: Shop, missing: float, number: int, *, past: int = 24, seed: int = 1, subject: Subject = STORE
) -> list[Trial]:
    """The same of days in a row, which share most of their past days: a tenth of the work."""
    rng = np.random.default_rng(seed)
    days = simulate(shop, past + number, rng)
    return [_trial(days.between(day, day + past + 1), missing, rng, subject) for day in range(number)]


def _trial(days: Days, missing: float, rng: np.random.Generator, subject: Subject) -> Trial:
    """Hide a block of the last day."""
    quarters = days.true.shape[1]
    width = round(missing * quarters)
    start = int(rng.integers(0, quarters - width + 1))
    hidden = np.zeros(days.true.shape, bool)
    hidden[-1, start : start + width] = True
    found = series(columns_of(days, hidden), subject, CALENDAR, FUTURE)
    return trial_of(found, days, hidden[-1])


def trial_of(found: Series, days: Days, hidden: np.ndarray) -> Trial:
    span = span_of(days, -1)
    estimate = total(found.joined, found.columns(span)).mean
    figure: Figure = judge(estimate, found.evidence(span))
    counts = days.counts[-1][~hidden]
    return Trial(
        estimate.value, estimate.half_width, float(counts.mean()), float(days.true[-1].mean()), figure.status
    )
