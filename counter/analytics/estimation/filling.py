"""Missing quarter hours by the usual day and today's level, where nearer quarter hours weigh more. Pure.

Today differs from the usual day by a factor for the whole day, by a factor that drifts within the day, and by
chance in each quarter hour. How large each is comes from past days; the missing quarter hours are then the
best linear prediction from the counted ones (simple kriging). If past days differ little, the prediction
stays near the usual day; if they differ much, it follows today's level.
"""

from dataclasses import dataclass

import numpy as np

from counter.analytics.estimation.arrays import Bools, Floats

LEAST_LEVEL_SPREAD = 0.02
"""Days differ at least by 2 %: few past days may be alike by chance."""
LOWEST = 0.02
"""A slot is expected to have at least this share of the day's mean, so that it can be divided by."""


@dataclass(frozen=True)
class Variation:
    """How days differ from the usual day: variances relative to what is expected, and `chance` to its root.

    `day` is of the factor for the whole day, `drift` of the factor within the day, which is `memory` times as
    alike for each quarter hour between; `chance` times the expected number is the variance of a quarter hour
    alone.
    """

    day: float
    drift: float
    memory: float
    chance: float


def variation(past: Floats, expected: Floats) -> Variation:
    """The variation of past days around what was expected of them, both [days, slots]."""
    slots = past.shape[1]
    products, scale = _lagged(past - expected), _lagged(expected)
    alike = products / np.maximum(scale, 1e-12)
    far = slice(min(12, slots // 2), max(min(12, slots // 2) + 1, 3 * slots // 4))
    day = max(float(products[far].sum() / max(scale[far].sum(), 1e-12)), 0.0)
    near = np.maximum(np.pad(alike[1:5], (0, 4))[:4] - day, 0.0)
    first, second = float(near[:3].sum()), float(near[1:].sum())
    memory = min(max(second / first if first > 0 else 0.5, 0.3), 0.95)
    drift = first / (memory + memory**2 + memory**3)
    chance = max(float(alike[0]) - day - drift, 0.0) * scale[0] / max(float(expected.sum()), 1e-12)
    return Variation(day, drift, memory, chance)


def weights(expected: Floats, hidden: Bools, found: Variation) -> Floats:
    """How each counted slot moves each hidden one, [hidden, counted], as factors of what is expected of
    them.
    """
    floored = floor(expected)
    apart = np.abs(np.subtract.outer(np.arange(len(expected)), np.arange(len(expected))))
    common = found.day + LEAST_LEVEL_SPREAD**2 + found.drift * found.memory**apart
    chance = found.chance / floored + 1e-6
    seen = ~hidden
    solved = np.linalg.solve(common[np.ix_(seen, seen)] + np.diag(chance[seen]), common[np.ix_(seen, hidden)])
    moved: Floats = solved.T
    return moved


def fill(values: Floats, expected: Floats, hidden: Bools, moved: Floats) -> Floats:
    """Replace the hidden slots, the last axis, of days: each by its expected number times today's level
    there.
    """
    floored = floor(expected)
    ratios = values[..., ~hidden] / floored[..., ~hidden] - 1
    filled = values.copy()
    filled[..., hidden] = np.maximum(floored[..., hidden] * (1 + ratios @ moved.T), 0.0)
    return filled


def floor(expected: Floats) -> Floats:
    """What is expected, at least `LOWEST` of the day's mean."""
    floored: Floats = np.maximum(expected, LOWEST * expected.mean(axis=-1, keepdims=True) + 1e-6)
    return floored


def _lagged(rows: Floats) -> Floats:
    """For each lag the sum of products of values that are so many slots apart, over all rows."""
    slots = rows.shape[1]
    spectrum = np.abs(np.fft.rfft(rows, 2 * slots, axis=1)) ** 2
    found: Floats = np.fft.irfft(spectrum.sum(axis=0), 2 * slots)[:slots]
    return found
