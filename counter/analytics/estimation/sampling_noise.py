"""How far the mean of a few counts in a quarter hour is from the mean of the whole quarter hour. Pure.

People arrive at random and stay for some minutes, so counts that are close in time are alike. Their spread
within a quarter hour says how alike: spread/mean, the *dispersion*, is near 1 if people leave before the next
count and near 0 if most of them are still there. The longer they stay, the less is missed between two counts.
For exponential stays of mean W and counts every S, with a = S/W,

- the dispersion of n counts is the mean of 1 - exp(-a k) over the pairs of counts, which are k counts apart,
- the variance of their mean is m/n (coth(a/2) - 2/a), by the sum over the aliases of the spectrum.

So the dispersion gives the variance. Where the dispersion is over that of the model, as it is with groups of
people or errors of the detector, the counts are taken as independent: then the interval is rather too wide.
"""

from functools import lru_cache

import numpy as np

from counter.analytics.estimation.arrays import Floats


def noise_factor(dispersion: float, counts: int) -> float:
    """The variance of the mean of `counts` counts of a quarter hour, times `counts`, divided by the mean."""
    dispersions, factors = _curve(counts)
    if dispersion >= dispersions[-1]:
        return dispersion
    return float(np.interp(dispersion, dispersions, factors))


@lru_cache(maxsize=64)
def _curve(counts: int) -> tuple[Floats, Floats]:
    """The dispersions and the factors of more and more frequent departures."""
    ratio = np.geomspace(1e-3, 60, 400)
    apart = np.arange(1, max(counts, 2))
    pairs = apart[::-1].astype(float)  # n - k pairs are k counts apart
    dispersions = (pairs[:, None] * (1 - np.exp(-apart[:, None] * ratio))).sum(0) / pairs.sum()
    factors = 1 / np.tanh(ratio / 2) - 2 / ratio
    # Counts that never differ have no noise.
    return np.concatenate([[0.0], dispersions]), np.concatenate([[0.0], factors])
