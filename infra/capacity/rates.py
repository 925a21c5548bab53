"""How many images a second a stack can count: the values of `DetectLabelsPerSecond`. Pure.

The template has the same values; its mapping `Counter` has the rest of each line.
"""

from collections.abc import Mapping

COUNTER_INVOCATIONS: Mapping[int, int] = {2: 2, 5: 2, 10: 2, 25: 5, 50: 10, 100: 20, 300: 60, 1000: 200}
"""DetectLabelsPerSecond -> the invocations of the counter at the same time, which share it."""
DEFAULT_RATE = 5
"""The template's default."""
HEADROOM = 2
"""What a stack should be able to do, against its busiest moment: so it catches up after an interruption."""
REACHED = 0.75
"""The share of DetectLabelsPerSecond that the counter reaches at least (docs/benchmarks.md, `capacity`)."""


def images_wanted(images_per_second: float) -> float:
    """Images a second with headroom, rounded so that a sum of fractions does not ask for one more."""
    return round(HEADROOM * images_per_second, 6)


def rate_for(images_per_second: float) -> int:
    """The smallest DetectLabelsPerSecond that is at least this; the largest there is, if none is."""
    rates = sorted(COUNTER_INVOCATIONS)
    return next((rate for rate in rates if rate >= images_per_second), rates[-1])


def rate_within(images_per_second: float) -> int | None:
    """The largest DetectLabelsPerSecond that is at most this; None if all are larger."""
    return max((rate for rate in COUNTER_INVOCATIONS if rate <= images_per_second), default=None)
