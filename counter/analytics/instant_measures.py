"""Share of time with anybody, median, p90 and peak of a camera or zone, from its counts weighted by time.
Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot, sqrt

import numpy as np

from counter.analytics.estimation.arrays import Floats, Ints
from counter.analytics.estimation.replay import LEVEL_RANGE
from counter.analytics.estimation.student import NORMAL
from counter.analytics.figures import Basis, Evidence, Figure, Knowledge, Measure
from counter.analytics.joined import FilledDay, Joined
from counter.analytics.judging import Estimate, Evidently, judge
from counter.analytics.sentences import no_histograms

WIDEST_SHARE_OF_TIME = 0.1


@dataclass(frozen=True)
class Distribution:
    """Seconds for each number of people, in ascending order of it."""

    people: Floats
    seconds: Floats

    @classmethod
    def of(cls, people: Floats, seconds: Floats) -> "Distribution":
        """Sorted by people."""
        order = np.argsort(people, kind="stable")
        return cls(people[order], seconds[order])

    def quantile(self, share: float) -> float:
        """The fewest people that were not exceeded in this share of the time."""
        sums = np.cumsum(self.seconds)
        # Rounding must not move a quantile that falls exactly on a count.
        place = int(np.searchsorted(sums, min(max(share, 0.0), 1.0) * sums[-1] * (1 - 1e-12)))
        return float(self.people[min(place, len(self.people) - 1)])

    def above(self, people: float) -> float:
        """The share of the time with more people than that."""
        return float(self.seconds[self.people > people].sum() / self.seconds.sum())


def instant_measures(series: Joined, columns: slice, evidence: Evidently) -> dict[Measure, Figure]:
    """The figures of a span that come from a camera's or a zone's counts.

    Where quarter hours are missing, those of each past day stand in for them in turn, at today's level: the
    figure is the mean of what these give, and their spread says how far off it may be.
    """
    verdict = evidence.verdict
    if verdict is not None:
        return dict.fromkeys((Measure.SHARE, Measure.MEDIAN, Measure.P90, Measure.PEAK), verdict)
    counted = _Counted.of(series, columns)
    if not counted.instants.any():
        unknown = evidence.unknown(no_histograms())
        return dict.fromkeys((Measure.SHARE, Measure.MEDIAN, Measure.P90, Measure.PEAK), unknown)
    return {
        Measure.SHARE: judge(counted.share(), evidence, widest=WIDEST_SHARE_OF_TIME, most=1.0),
        Measure.MEDIAN: judge(counted.quantile(0.5), evidence),
        Measure.P90: judge(counted.quantile(0.9), evidence),
        Measure.PEAK: peak(counted.peak, 0.0, evidence),
    }


def peak(value: float, noise: float, evidence: Evidently) -> Figure:
    """The figure of a peak: under gaps it is at least what was counted."""
    missing = evidence.instants.missing
    found = Basis(Evidence.COUNTED, missing=missing)
    status = Knowledge.PENDING if evidence.open else Knowledge.KNOWN
    half = NORMAL * noise
    return Figure(
        status,
        value,
        max(value - half, 0.0),
        None if missing else value + half,
        basis=found,
        at_least=missing > 0,
    )


def spread_of(values: Sequence[float], noise: float, *, beside: float) -> Estimate:
    """The estimate from what each past day gives in turn; `beside` is the error of what none stands in
    for.
    """
    if len(values) == 1:
        return Estimate(values[0], beside, noise, beside=beside > 0)
    # Each is as good as any other, and so is the truth: hence the 1 + 1/n.
    error = float(np.std(values, ddof=1)) * sqrt(1 + 1 / len(values))
    return Estimate(float(np.mean(values)), hypot(error, beside), noise, len(values))


@dataclass(frozen=True)
class _Counted:
    """`people` and `seconds` are of each quarter hour and count; `candidates` have past days for what is
    missing.
    """

    people: Floats
    seconds: Floats
    instants: Ints
    candidates: Sequence[Distribution]
    unreplayed: float
    """The share of the time for which nothing stands in."""

    @classmethod
    def of(cls, series: Joined, columns: slice) -> "_Counted":
        histograms = series.days.members.histograms
        if histograms is None:
            raise ValueError("areas and stores have no counts of their own, only those of their cameras")
        seen = ~np.isnan(series.values[columns]) & ~series.hidden[columns]
        instants = np.where(seen[:, None], histograms[columns], 0)
        weights = _weighted(instants, series.seconds[columns])
        people = np.arange(instants.shape[1], dtype=float)
        lost = float(series.seconds[columns][series.hidden[columns]].sum())
        days = series.filled_in(columns)
        found = [_Stand(day, series, histograms) for day in days if len(day.errors)]
        turns = min((len(stand.day.errors) for stand in found), default=1)
        candidates = []
        for turn in range(turns):
            # Another past day for each day: then the errors of a week do not all lie on one side.
            parts = [stand.turn(turn + 7 * number) for number, stand in enumerate(found)]
            candidates.append(Distribution.of(*_with(people, weights.sum(axis=0), parts)))
        lost -= sum(stand.seconds for stand in found)
        whole = float(weights.sum()) + sum(stand.seconds for stand in found)
        lost = max(lost, 0.0)
        return cls(people, weights, instants, candidates, lost / (whole + lost) if whole + lost else 0.0)

    @property
    def peak(self) -> float:
        return float(self.people[self.instants.sum(axis=0) > 0].max())

    def share(self) -> Estimate:
        found = [candidate.above(0) for candidate in self.candidates]
        return spread_of(found, self._share_noise(0.0), beside=self.unreplayed / 2)

    def quantile(self, share: float) -> Estimate:
        found = [candidate.quantile(share) for candidate in self.candidates]
        counted = self.candidates[0]
        noise = NORMAL * self._share_noise(float(np.mean(found)))
        half = counted.quantile(share + noise) - counted.quantile(share - noise)
        beside = counted.quantile(share + self.unreplayed) - counted.quantile(share - self.unreplayed)
        return spread_of(found, half / (2 * NORMAL), beside=beside / 2)

    def _share_noise(self, people: float) -> float:
        """The standard error of the share of time above: of samples in strata of two quarter hours each."""
        pairs = len(self.instants) + len(self.instants) % 2
        above = _pairs(self.instants[:, self.people > people].sum(axis=1), pairs)
        number = _pairs(self.instants.sum(axis=1), pairs)
        seconds = _pairs(self.seconds.sum(axis=1), pairs)
        rate = above / np.maximum(number, 1)
        variance = (seconds**2 * rate * (1 - rate) / np.maximum(number - 1, 1)).sum()
        return sqrt(float(variance)) / max(float(seconds.sum()), 1.0)


class _Stand:
    """What past days have for the missing quarter hours of a day."""

    def __init__(self, day: FilledDay, series: Joined, histograms: Ints) -> None:
        self.day = day
        hidden = np.flatnonzero(series.hidden[day.columns])
        self._seconds = series.seconds[day.columns][hidden]
        self._past = day.past[:, hidden]
        self._level = float(series.values[day.columns][hidden].sum())
        self._values = series.values
        self._histograms = histograms

    @property
    def seconds(self) -> float:
        return float(self._seconds.sum())

    def turn(self, turn: int) -> tuple[Floats, Floats]:
        """People and seconds of the missing quarter hours, as one of the past days had them, at today's
        level.
        """
        columns = self._past[turn % len(self._past)]
        known = np.nan_to_num(np.where(columns >= 0, self._values[columns], 0.0)).sum()
        level = float(np.clip(self._level / max(float(known), 1e-9), *LEVEL_RANGE))
        instants = np.where((columns >= 0)[:, None], self._histograms[columns], 0)
        seconds = _weighted(instants, self._seconds).sum(axis=0)
        return np.arange(len(seconds)) * level, seconds


def _with(people: Floats, seconds: Floats, parts: Sequence[tuple[Floats, Floats]]) -> tuple[Floats, Floats]:
    found = [(people, seconds), *parts]
    return np.concatenate([part[0] for part in found]), np.concatenate([part[1] for part in found])


def _weighted(instants: Ints, seconds: Floats) -> Floats:
    """The seconds of each count: those of the quarter hour, shared among its instants."""
    weighted: Floats = instants * (seconds / np.maximum(instants.sum(axis=1), 1))[:, None]
    return weighted


def _pairs(values: Ints | Floats, length: int) -> Floats:
    padded: Floats = np.pad(values.astype(float), (0, length - len(values))).reshape(-1, 2).sum(axis=1)
    return padded
