"""What the time between two frames costs in certainty. Pure.

Visitors stay W on average, and frames are S apart. The number of visits that is computed from the counts has
1 + (S/W)^2 / (6 cv^2) times the variance that continuous video gives; cv is the standard deviation of the
stays, divided by W.
"""

from datetime import timedelta

STAY_VARIATION = 1.0
"""The coefficient of variation of the stays."""


def variance_factor(sample_every: float, stay: timedelta, variation: float = STAY_VARIATION) -> float:
    """The variance of visits with a frame each `sample_every` seconds; continuous video has 1."""
    frames_apart = sample_every / stay.total_seconds()
    return 1 + frames_apart**2 / (6 * variation**2)
