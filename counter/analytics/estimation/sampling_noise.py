"""How far the mean of a few counts in a quarter hour is from the mean of the whole quarter hour. Pure.

People arrive at random and stay for some minutes, so counts that are close in time are alike. Their spread
within a quarter hour says how alike: spread/mean, the *dispersion*, is near 1 if people leave before the next
count and near 0 if most of them are still there. The longer they stay, the less is missed between two counts.
For exponential stays of mean W and counts every S, with a = S/W,

- the dispersion of n counts is the mean of 1 - exp(-a k) over the pairs of counts, which are k counts apart,
- the variance of their mean is m/n (coth(a/2) - 2/a), by the sum over the aliases of the spectrum.

So the dispersion gives the variance. A dispersion over 1 is not of people who come one by one: they come in
groups, which multiplies all variances by the same factor, or the detector errs, which makes counts
independent. How much the means of neighbouring quarter hours differ, against the counts within one, tells
these apart: the more alike the counts, the more the means differ in comparison.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from counter.analytics.estimation.arrays import Floats


def noise_factor(dispersion: float, between: float, counts: int) -> float:
    """The variance of the mean of `counts` counts of a quarter hour, times `counts`, divided by the mean.

    `between` is half of the mean square of the differences between means of neighbouring quarter hours,
    divided by the mean: the dispersion of these means.
    """
    curve = _curve(counts)
    if dispersion < curve.within[-1]:
        # Counts that never differ have no noise.
        return float(
            np.interp(dispersion, np.append(0.0, curve.within), np.append(0.0, curve.factor), left=0.0)
        )
    compared = curve.between / curve.within
    share = np.interp(-between / dispersion, -compared, curve.factor / curve.within)
    return float(dispersion * share)


@dataclass(frozen=True)
class _Curve:
    """For more and more frequent departures: the dispersion of counts, that of neighbouring means, the
    factor.
    """

    within: Floats
    between: Floats
    factor: Floats


@lru_cache(maxsize=64)
def _curve(counts: int) -> _Curve:
    ratio = np.geomspace(1e-3, 1e3, 400)[:, None]
    apart = np.arange(2 * counts)
    alike = np.exp(-ratio * apart)
    pairs = np.maximum(counts - apart, 0)  # of a quarter hour's counts, so many are so far apart
    within = 1 - (alike @ pairs - counts) / max(pairs.sum() - counts, 1) if counts > 1 else 1 - alike[:, 1]
    own = (2 * (alike @ pairs) - counts) / counts**2
    neighbours = alike @ np.maximum(counts - np.abs(apart - counts), 0) / counts**2
    return _Curve(within, own - neighbours, (1 / np.tanh(ratio / 2) - 2 / ratio)[:, 0])
