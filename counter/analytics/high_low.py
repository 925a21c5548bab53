"""High and low hours, named only where intervals tell them from the others. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from counter.analytics.figures import Figure

MOST_NAMED = 1 / 3
"""If more of the hours than this cannot be told from the highest, none stands out."""


@dataclass(frozen=True)
class HighLow:
    """The places of the high and the low hours among the figures that were given; of none if none stands out.

    `unknown` is the number of figures without a value: any of them may have been higher or lower.
    """

    high: tuple[int, ...]
    low: tuple[int, ...]
    unknown: int


def high_low(figures: Sequence[Figure]) -> HighLow:
    """The highest of some figures and those whose intervals reach its own; likewise the lowest."""
    known = [(place, *_bounds(figure)) for place, figure in enumerate(figures) if figure.value is not None]
    high = _standing_out([(place, value, low, high) for place, value, low, high in known])
    low = _standing_out([(place, -value, -high, -low) for place, value, low, high in known])
    return HighLow(high, low, len(figures) - len(known))


def _bounds(figure: Figure) -> tuple[float, float, float]:
    value = figure.value or 0.0
    return (
        value,
        value if figure.low is None else figure.low,
        value if figure.high is None else figure.high,
    )


def _standing_out(known: Sequence[tuple[int, float, float, float]]) -> tuple[int, ...]:
    if len(known) < 2:
        return ()
    _, _, lower, _ = max(known, key=lambda entry: entry[1])
    reaching = tuple(place for place, _, _, upper in known if upper >= lower)
    return reaching if len(reaching) <= max(1, MOST_NAMED * len(known)) else ()
