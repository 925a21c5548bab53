"""Median, p90 and peak of the quarter hours of an area or a store. Pure."""

from math import sqrt

import numpy as np

from counter.analytics.estimation.arrays import Floats
from counter.analytics.figures import Figure, Measure
from counter.analytics.instant_measures import Distribution, peak, spread_of
from counter.analytics.joined import Joined
from counter.analytics.judging import Estimate, Evidently, judge


def quarter_measures(series: Joined, columns: slice, evidence: Evidently) -> dict[Measure, Figure]:
    """The figures of a span that come from its quarter hours.

    What stands in for gaps is smoother than the truth, so that its high quarter hours are too low. Taking
    away the errors that it had on each past day in turn gives as many days that may have been: the figure is
    their mean, and their spread says how far off it may be.
    """
    verdict = evidence.verdict
    if verdict is not None:
        return dict.fromkeys((Measure.MEDIAN, Measure.P90, Measure.PEAK), verdict)
    least, noise = series.least[columns], series.noise[columns]
    most = int(np.nanargmax(least))
    return {
        Measure.MEDIAN: judge(_quantile(series, columns, 0.5), evidence),
        Measure.P90: judge(_quantile(series, columns, 0.9), evidence),
        Measure.PEAK: peak(float(least[most]), sqrt(float(noise[most])), evidence),
    }


def _quantile(series: Joined, columns: slice, share: float) -> Estimate:
    found = [_of(values, share) for values in _candidates(series, columns)]
    noise = _noise(series, columns, float(np.mean(found)))
    return spread_of(found, noise, beside=_beside(series, columns, share))


def _beside(series: Joined, columns: slice, share: float) -> float:
    """By how much a quantile may be off because quarter hours are interpolated: half of what lies between it
    with all of them too high, and with all of them too low. The others stay where they are.
    """
    values = series.values[columns]
    spread = np.zeros(len(values))
    for day in series.filled_in(columns):
        spread[day.columns.start - columns.start : day.columns.stop - columns.start] = day.spread
    known = ~np.isnan(values)
    values, spread = values[known], spread[known]
    if not spread.any():
        return 0.0
    return (_of(values + spread, share) - _of(np.maximum(values - spread, 0.0), share)) / 2


def _candidates(series: Joined, columns: slice) -> list[Floats]:
    """The quarter hours of the span as they may have been."""
    values = series.values[columns]
    days = [day for day in series.filled_in(columns) if len(day.errors)]
    candidates = []
    for turn in range(min((len(day.errors) for day in days), default=1)):
        candidate = values.copy()
        for number, day in enumerate(days):
            # Another past day for each day, or the errors of a week would all lie on one side.
            error = day.errors[(turn + 7 * number) % len(day.errors)]
            candidate[day.columns.start - columns.start : day.columns.stop - columns.start] -= error
        candidates.append(np.maximum(candidate[~np.isnan(candidate)], 0.0))
    return candidates


def _of(values: Floats, share: float) -> float:
    return Distribution.of(values, np.ones(len(values))).quantile(share)


def _noise(series: Joined, columns: slice, quantile: float) -> float:
    """The standard error of a quantile: that of the quarter hours near it, which are as many estimates of
    it.
    """
    values, noise = series.values[columns], series.noise[columns]
    error = sqrt(float(np.mean(noise[~np.isnan(values)])))
    near = int((np.abs(values - quantile) <= error).sum())
    return error / sqrt(max(near, 1))
