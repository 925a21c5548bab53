"""Metrics in memory, with CloudWatch's statistics. Times are minutes."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

STATISTICS: Mapping[str, Callable[[Sequence[float]], float]] = {"Sum": sum, "Maximum": max}


@dataclass(frozen=True)
class Metric:
    """A metric with at most one dimension."""

    namespace: str
    name: str
    dimension: tuple[str, str]


class Metrics:
    """Values by metric and minute; they must be added in the order of their times."""

    def __init__(self) -> None:
        self._minutes: defaultdict[Metric, list[int]] = defaultdict(list)
        self._values: defaultdict[Metric, list[float]] = defaultdict(list)

    def add(self, metric: Metric, minute: int, value: float) -> None:
        """A service reports a value."""
        assert not self._minutes[metric] or self._minutes[metric][-1] <= minute
        self._minutes[metric].append(minute)
        self._values[metric].append(value)

    def value(self, metric: Metric, statistic: str, start: int, end: int) -> float | None:
        """The statistic over [start, end), None if nothing was reported."""
        minutes = self._minutes.get(metric, [])
        values = self._values.get(metric, [])[bisect_left(minutes, start) : bisect_left(minutes, end)]
        return STATISTICS[statistic](values) if values else None
