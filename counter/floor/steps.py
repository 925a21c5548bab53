"""The steps of a colour scale: round numbers, the same for the map and for its legend. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np

from counter.analytics.estimation.arrays import Floats, Ints
from counter.report.charts import tick_step

USUAL = 98
"""The percentile of the cells with anybody that the scale reaches to. What is above has the last colour: else
a queue at a till would leave the rest of the shop in one colour.
"""
MOST_STEPS = 5
"""The last step of a map of heat, from 0 on."""
MOST_CHANGE = 3
"""The last step of a difference, in both directions."""
_UNSEEN = -100


@dataclass(frozen=True)
class ColourStep:
    """A step of the legend: its class, its lower end (of a difference, its middle), and whether the scale is
    open there.
    """

    name: str
    value: float
    open: bool = False


@dataclass(frozen=True)
class ColourScale:
    """The steps of a scale, and the step of each cell (a place in `steps`, -1 where there is no figure)."""

    steps: Sequence[ColourStep]
    places: Ints


def heat_scale(values: Floats) -> ColourScale:
    """Steps `heat-0` to at most `heat-5` for values from 0 on, [rows, columns]; NaN has none."""
    usual, most = _usual(values)
    size = tick_step(usual)
    last = min(max(ceil(usual / size - 1e-9), 1), MOST_STEPS)
    if most < last * size:
        last -= 1
    steps = [ColourStep(f"heat-{n}", n * size, n == last and most >= (n + 1) * size) for n in range(last + 1)]
    return ColourScale(steps, _places(np.floor(values / size + 1e-9), 0, last))


def change_scale(values: Floats) -> ColourScale:
    """Steps `less-3` to `more-3` around `same` for differences, [rows, columns]; NaN has none."""
    usual, most = _usual(np.abs(values))
    size = tick_step(usual * MOST_STEPS / MOST_CHANGE)
    names = [
        *(f"less-{n}" for n in range(MOST_CHANGE, 0, -1)),
        "same",
        *(f"more-{n}" for n in range(1, MOST_CHANGE + 1)),
    ]
    steps = [
        ColourStep(name, (n - MOST_CHANGE) * size, abs(n - MOST_CHANGE) == MOST_CHANGE and most > 3.5 * size)
        for n, name in enumerate(names)
    ]
    return ColourScale(steps, _places(np.round(values / size), -MOST_CHANGE, MOST_CHANGE))


def _usual(values: Floats) -> tuple[float, float]:
    """The end of the scale, and the greatest value; 0 if nobody was seen."""
    some = values[np.nan_to_num(values) > 0]
    return (float(np.percentile(some, USUAL)), float(some.max())) if some.size else (0.0, 0.0)


def _places(steps: Floats, first: int, last: int) -> Ints:
    known = np.where(np.isnan(steps), _UNSEEN, np.clip(steps, first, last)).astype(np.int64)
    places: Ints = np.where(known == _UNSEEN, -1, known - first)
    return places
