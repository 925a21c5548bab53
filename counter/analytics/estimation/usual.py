"""The usual day: its level and its shape, with the weekday's own as far as past days tell them apart.
Pure.
"""

from dataclasses import dataclass

import numpy as np

from counter.analytics.estimation.arrays import Floats, Ints

TINY = 1e-9


@dataclass(frozen=True)
class Usual:
    """What is expected of a day, [slots], and of each past day by the other past days alone, [days,
    slots].
    """

    expected: Floats
    without: Floats


@dataclass(frozen=True)
class Spread:
    """How much days of one weekday differ among themselves, and how much weekdays differ from one another."""

    within: float
    between: float

    def trust(self, days: Floats) -> Floats:
        """How much of a weekday's deviation to believe, 0..1, if it rests on so many days."""
        if self.between <= 0:
            return np.zeros_like(days)
        return self.between / (self.between + self.within / np.maximum(days, 0.5)) * (days > 0)


def usual(past: Floats, weekdays: Ints, weekday: int) -> Usual:
    """The usual day of a weekday; `past` is [days, slots] without missing values, `weekdays` are those of the
    days.
    """
    levels = past.mean(axis=1)
    mean_level = max(float(levels.mean()), TINY)
    common = past.sum(axis=0) / max(float(past.sum()), TINY) * past.shape[1]
    shapes = smoothed((past - levels[:, None] * common) / mean_level)
    level_spread, shape_spread = spread(levels[:, None], weekdays), spread(shapes, weekdays)

    same = (weekdays[:, None] == weekdays[None, :]).astype(float)
    alone = same - np.eye(len(past))
    others = 1.0 - np.eye(len(past))
    today = (weekdays == weekday).astype(float)[None, :]
    every = np.ones((1, len(past)))
    fit = _Fit(past, level_spread, shape_spread)
    return Usual(fit.days(every, today)[0], fit.days(others, alone))


@dataclass(frozen=True)
class _Fit:
    past: Floats
    levels: Spread
    shapes: Spread

    def days(self, chosen: Floats, of_weekday: Floats) -> Floats:
        """The usual days by the chosen past days, of which some are of the weekday: a row of weights for
        each.
        """
        numbers = of_weekday.sum(axis=1)
        shape = _shape(chosen @ self.past)
        own = _shape(of_weekday @ self.past)
        shape = shape + self.shapes.trust(numbers)[:, None] * (own - shape)
        levels = self.past.mean(axis=1)
        level = chosen @ levels / np.maximum(chosen.sum(axis=1), 1)
        own_level = of_weekday @ levels / np.maximum(numbers, 1)
        level = level + self.levels.trust(numbers) * (own_level - level)
        days: Floats = smoothed(np.maximum(shape, 0)) * level[:, None]
        return days


def spread(values: Floats, weekdays: Ints) -> Spread:
    """The analysis of variance of [days, anything] over weekdays, pooled; no difference where it cannot be
    told.
    """
    kinds, places, numbers = np.unique(weekdays, return_inverse=True, return_counts=True)
    days, groups = len(values), len(kinds)
    if groups < 2 or days == groups:
        return Spread(1.0, 0.0)
    means = np.zeros((groups, values.shape[1]))
    np.add.at(means, places, values)
    means /= numbers[:, None]
    within = float(((values - means[places]) ** 2).sum()) / (days - groups)
    between = float((numbers[:, None] * (means - values.mean(axis=0)) ** 2).sum()) / (groups - 1)
    size = (days - float((numbers**2).sum()) / days) / (groups - 1)
    return Spread(within, max(0.0, (between - within) / size))


def smoothed(rows: Floats) -> Floats:
    """Each value with a quarter of its two neighbours: 1-2-1."""
    padded = np.concatenate([rows[..., :1], rows, rows[..., -1:]], axis=-1)
    smooth: Floats = (padded[..., :-2] + 2 * padded[..., 1:-1] + padded[..., 2:]) / 4
    return smooth


def _shape(sums: Floats) -> Floats:
    """Rows scaled to a mean of 1."""
    shape: Floats = sums / np.maximum(sums.mean(axis=1, keepdims=True), TINY)
    return shape
