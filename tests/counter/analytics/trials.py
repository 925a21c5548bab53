"""Days of simulated shops with a block hidden: is the truth in the interval, and how far off is the
figure?
"""

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from counter.analytics.estimation.arrays import Bools
from counter.analytics.figures import STORE, Figure, Subject
from counter.analytics.judging import judge
from counter.analytics.series import Series, series
from counter.analytics.totals import total
from counter.analytics.usual_week import Usually, usual_days, usual_week
from tests.counter.analytics.shops import CALENDAR, OPENS, Days, Shop, columns_of, simulate, span_of

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
    known_cover: float

    @classmethod
    def of(cls, trials: list[Trial]) -> "Outcome":
        values = np.array([(t.value, t.half_width, t.counted, t.truth) for t in trials])
        error, naive = values[:, 0] - values[:, 3], values[:, 2] - values[:, 3]
        return cls(
            float((np.abs(error) <= values[:, 1])[np.isfinite(values[:, 1])].mean()),
            float(np.sqrt((error**2).mean() / max(float((naive**2).mean()), 1e-12))),
            float(np.mean([t.half_width / max(t.truth, 1e-9) for t in trials if t.half_width < np.inf])),
            float(np.mean([t.status == "unknown" for t in trials])),
            _share([abs(t.value - t.truth) <= t.half_width for t in trials if t.status == "known"]),
        )


def _share(holds: list[bool]) -> float:
    return float(np.mean(holds)) if holds else float("nan")


STRETCH = 40


def day_trials(
    shop: Shop, missing: float, number: int, *, past: int = 24, seed: int = 1, subject: Subject = STORE
) -> list[Trial]:
    """That many days, each with past days and a block of its quarter hours hidden.

    Forty days in a row share a simulation, and with it many of their past days: else most of the time would
    go into simulating. Every stretch begins on another weekday.
    """
    rng = np.random.default_rng(seed)
    trials = list[Trial]()
    while len(trials) < number:
        targets = min(STRETCH, number - len(trials))
        days = simulate(shop, past + targets, rng, skip=len(trials) // STRETCH)
        trials += [_trial(days.between(day, day + past + 1), missing, rng, subject) for day in range(targets)]
    return trials


def _trial(days: Days, missing: float, rng: np.random.Generator, subject: Subject) -> Trial:
    """Hide a block of the last day."""
    quarters = days.true.shape[1]
    width = round(missing * quarters)
    start = int(rng.integers(0, quarters - width + 1))
    hidden = np.zeros(days.true.shape, bool)
    hidden[-1, start : start + width] = True
    found = series(columns_of(days, hidden), subject, CALENDAR, FUTURE)
    return trial_of(found, days, hidden[-1])


def trial_of(found: Series, days: Days, hidden: Bools) -> Trial:
    span = span_of(days, -1)
    estimate = total(found.joined, found.columns(span)).mean
    figure: Figure = judge(estimate, found.evidence(span))
    counts = days.counts[-1][~hidden]
    return Trial(
        estimate.value, estimate.half_width, float(counts.mean()), float(days.true[-1].mean()), figure.status
    )


def usual_trials(
    shop: Shop, histories: int, *, weeks: int = 8, seed: int = 1
) -> tuple[list[Trial], list[Trial]]:
    """The usual hours and the usual weekdays of histories in which each third day lacks a block of a third.

    Five weeks come before, so that there are past days. The truth is what is to be expected.
    """
    rng = np.random.default_rng(seed)
    by_hour, by_day = list[Trial](), list[Trial]()
    week = sum(factor > 0 for factor in shop.weekdays)
    for _ in range(histories):
        days = simulate(shop, (5 + weeks) * week, rng)
        hidden = np.zeros(days.true.shape, bool)
        width = round(days.true.shape[1] / 3)
        for day in range(5 * week, len(hidden)):
            start = int(rng.integers(0, days.true.shape[1] - width + 1))
            hidden[day, start : start + width] = rng.random() < 1 / 3
        found = series(columns_of(days, hidden), STORE, CALENDAR, FUTURE)
        span = (days.dates[5 * week], days.dates[-1])
        by_hour += [_usual_trial(cell, days, hidden, 5 * week) for cell in usual_week(found, *span)]
        by_day += [_usual_trial(cell, days, hidden, 5 * week) for cell in usual_days(found, *span)]
    return by_hour, by_day


def _usual_trial(cell: Usually, days: Days, hidden: Bools, first: int) -> Trial:
    rows = [day for day in range(first, len(hidden)) if days.dates[day].weekday() == cell.weekday]
    columns = (
        slice(None) if cell.hour is None else slice((cell.hour - OPENS) * 4, (cell.hour - OPENS + 1) * 4)
    )
    counts = days.counts[rows][:, columns][~hidden[rows][:, columns]]
    value, high = cell.mean.value, cell.mean.high
    counted = float(counts.mean())
    return Trial(
        counted if value is None else value,
        np.inf if value is None or high is None else high - value,
        counted,
        float(days.usual[rows][:, columns].mean()),
        cell.mean.status,
    )
