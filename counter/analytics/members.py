"""The cameras of a series on one axis of quarter hours: what each counted, and how surely. Pure.

A camera that was moved to another area is another member from then on: what it saw before is no past of what
it sees now.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from counter.analytics.columns import ABSENT, QUARTER_SECONDS, Columns, Histograms
from counter.analytics.estimation.arrays import Bools, Floats, Ints
from counter.analytics.estimation.sampling_noise import noise_factor
from counter.analytics.figures import Kind, Subject


@dataclass(frozen=True)
class Members:
    """The members of a series, [members, quarter hours]; column 0 is the quarter hour `first`.

    `areas` are numbers of areas. `means` are NaN where under half of the due instants were counted, or none
    was due. `interval` is the time between two instants in seconds, and `noise` the variance of a mean as
    that of the whole quarter hour, both NaN where `means` is. `gaps` is [reasons, members, quarter hours].
    `histograms` has, for a camera or zone, the instants of each count, [quarter hours, counts].
    """

    first: int
    reasons: tuple[str, ...]
    areas: Ints
    due: Ints
    counted: Ints
    gaps: Ints
    means: Floats
    interval: Floats
    noise: Floats
    histograms: Ints | None

    @property
    def pending(self) -> Ints:
        """Due instants that are neither counted nor a gap yet."""
        pending: Ints = self.due - self.counted - self.gaps.sum(axis=0)
        return pending

    def seconds(self) -> Floats:
        """The time that the due instants stand for; where none was counted, by the camera's usual
        interval.
        """
        usual = [float(np.nanmedian(row)) if np.isfinite(row).any() else 0.0 for row in self.interval]
        interval = np.where(np.isnan(self.interval), np.array(usual)[:, None], self.interval)
        # A camera that never counted: its instants are spread evenly, as far as anybody knows.
        even = QUARTER_SECONDS / np.maximum(self.due.max(axis=1, initial=1), 1)
        return np.asarray(self.due * np.where(interval > 0, interval, even[:, None]))


def members(columns: Columns, subject: Subject) -> Members:
    """The members of a subject. Lines of other cameras, areas and zones are left out."""
    chosen = _chosen(columns, subject)
    lines = columns if chosen.all() else columns.where(chosen)
    apart = subject.kind in {Kind.AREA, Kind.STORE}
    keys = lines.camera * (len(lines.areas) + 1) + (lines.area if apart else 0)
    _, firsts, rows = np.unique(keys, return_index=True, return_inverse=True)
    start = int(lines.quarter.min(initial=2**40)) if len(lines) else 0
    width = int(lines.quarter.max()) - start + 1 if len(lines) else 0
    place = (rows, lines.quarter - start)
    shape = (len(firsts), width)

    people, histograms = lines.person_seconds, lines.histograms
    if subject.kind is Kind.ZONE and len(lines):
        people, histograms = lines.zones[subject.name].person_seconds, lines.zones[subject.name].histograms
    gaps = np.zeros((len(lines.reasons), *shape), np.int64)
    for number in range(len(lines.reasons)):
        gaps[number][place] = lines.gaps[:, number]
    counted, seconds = _spread(shape, place, lines.counted), _spread(shape, place, lines.counted_seconds)
    due = _spread(shape, place, lines.due)
    squares = np.bincount(
        histograms.lines, histograms.counts**2.0 * histograms.instants, minlength=len(lines)
    )
    enough = (2 * counted >= due) & (counted > 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.where(enough, _spread(shape, place, people) / seconds, np.nan)
        interval = np.where(enough, seconds / counted, np.nan)
    return Members(
        start,
        lines.reasons,
        lines.area[firsts] if apart else np.zeros(len(firsts), np.int64),
        due,
        counted,
        gaps,
        means,
        interval,
        _noise(means, _spread(shape, place, squares), counted, due),
        None if apart else _dense(lines.quarter - start, histograms, width),
    )


def _chosen(columns: Columns, subject: Subject) -> Bools:
    chosen = np.ones(len(columns), bool)
    if subject.kind is Kind.AREA:
        chosen &= columns.area == _number(columns.areas, subject.name)
    if subject.kind is Kind.CAMERA:
        chosen &= columns.camera == _number(columns.cameras, subject.name)
    if subject.kind is Kind.ZONE:
        zone = columns.zones.get(subject.name)
        chosen &= columns.camera == _number(columns.cameras, subject.camera_id)
        chosen &= zone.person_seconds != ABSENT if zone else False
    return chosen


def _number(names: tuple[str, ...], name: str) -> int:
    return names.index(name) if name in names else -1


def _spread(shape: tuple[int, int], place: tuple[Ints, Ints], values: Ints | Floats) -> Any:
    """The values of lines at their members and quarter hours, 0 elsewhere; of the values' own type."""
    spread = np.zeros(shape, values.dtype)
    spread[place] = values
    return spread


def _noise(means: Floats, squares: Floats, counted: Ints, due: Ints) -> Floats:
    """The variance of each mean as that of its quarter hour, by how much counts of a quarter hour differ."""
    noise = np.full(means.shape, np.nan)
    for row in range(len(means)):
        seen = ~np.isnan(means[row])
        if not seen.any():
            continue
        mean, number = means[row, seen], counted[row, seen]
        counts = int(np.median(due[row, seen]))
        several = number > 1
        between = _between(means[row])
        dispersion = between
        if several.any():
            within = (squares[row, seen] - number * mean**2)[several] / (number[several] - 1)
            dispersion = float(within.sum()) / max(float(mean[several].sum()), 1e-9)
        lost = 1 / number - 1 / np.maximum(due[row, seen], number)
        factor = noise_factor(dispersion, between, counts)
        noise[row, seen] = mean * (factor / number + dispersion * lost)
    return noise


def _between(means: Floats) -> float:
    """Half of the mean square of the differences between neighbouring quarter hours, by their mean."""
    before, after = means[:-1], means[1:]
    both = ~np.isnan(before) & ~np.isnan(after)
    if not both.any():
        return 0.0
    people = float((before[both] + after[both]).sum()) / 2
    return float(((after[both] - before[both]) ** 2).sum()) / 2 / max(people, 1e-9)


def _dense(quarters: Ints, histograms: Histograms, width: int) -> Ints:
    """[quarter hours, counts]: the instants of each count."""
    dense = np.zeros((width, int(histograms.counts.max(initial=0)) + 1), np.int32)
    np.add.at(dense, (quarters[histograms.lines], histograms.counts), histograms.instants)
    return dense
