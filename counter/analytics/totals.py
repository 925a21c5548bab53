"""The mean and the person-minutes of a span. Pure."""

from dataclasses import dataclass
from math import sqrt

import numpy as np

from counter.analytics.estimation.arrays import Floats
from counter.analytics.joined import Joined
from counter.analytics.judging import Estimate


@dataclass(frozen=True)
class Total:
    """Person-seconds of a span, with their uncertainty, and the seconds that they are of."""

    person_seconds: Estimate
    seconds: float

    @property
    def mean(self) -> Estimate:
        """People on average."""
        return self.person_seconds.scaled(1 / self.seconds)

    @property
    def person_minutes(self) -> Estimate:
        """Person-minutes."""
        return self.person_seconds.scaled(1 / 60)


def total(series: Joined, columns: slice) -> Total:
    """The total of the closed quarter hours of a span.

    Replays of several days: what they have in common, their mean error, adds up; the rest is independent from
    day to day.
    """
    values = series.values[columns]
    known = ~np.isnan(values)
    seconds = np.where(known, series.seconds[columns], 0.0)
    people = float((np.nan_to_num(values) * seconds).sum())
    common, apart, days, beside = 0.0, 0.0, list[int](), False
    for day in series.filled_in(columns):
        if len(day.errors):
            error = day.errors @ series.seconds[day.columns]
            common += float(error.mean())
            apart += float(error.var())
            days.append(len(error))
        else:
            beside = True
            apart += float(day.spread @ series.seconds[day.columns]) ** 2
    return Total(
        Estimate(
            people,
            sqrt((common**2 + apart) * _fitted(days)),
            sqrt(_noise(series, columns, seconds)),
            min(days, default=0),
            beside,
        ),
        float(seconds.sum()),
    )


def _fitted(days: list[int]) -> float:
    """By how much variances are too small that were measured on days to which the usual day was fitted."""
    fewest = min(days, default=0)
    return fewest / (fewest - 1) if fewest > 1 else 1.0


def _noise(series: Joined, columns: slice, seconds: Floats) -> float:
    """The variance of person-seconds because people are counted at moments, and not always.

    Besides the noise of each quarter hour, which assumes that others follow, the span has two ends: there the
    counts stand for half an interval too much or too little.
    """
    between = float((series.noise[columns] * seconds**2).sum())
    people = float((np.nan_to_num(series.values[columns]) * seconds).sum()) / max(float(seconds.sum()), 1.0)
    change = float(series.steps[columns].sum())
    ends = (series.interval / 2) ** 2 * (change**2 + 2 * people)
    # Where nobody was counted, somebody may have come and gone between two counts.
    return float(max(between + ends, series.interval**2 / 2))
