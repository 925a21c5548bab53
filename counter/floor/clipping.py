"""How much of each cell of a grid some polygons cover: exactly, and all polygons at once. Pure.

By Green's theorem the area of a polygon within a cell is the integral of the clamped x along the polygon's
edges, so no corners of intersections need to be found. It holds for every polygon that does not cross
itself. Coordinates are in cells; the corners go around in either direction.
"""

from dataclasses import dataclass

import numpy as np

from counter.analytics.estimation.arrays import Floats, Ints

NO_AREA = 1e-9
"""In cells: less is rounding."""


@dataclass(frozen=True)
class Overlaps:
    """Pairs of a polygon and a cell (row x columns + column) that meet, and their common area in cells."""

    polygon: Ints
    cell: Ints
    area: Floats


def overlaps(polygons: Floats, shape: tuple[int, int]) -> Overlaps:
    """The overlaps of polygons [n, corners, (x, y)] with a grid of (rows, columns)."""
    rows, columns = shape
    tops = np.clip(np.floor(polygons[..., 1].min(axis=1, initial=np.inf)), 0, rows)
    bottoms = np.clip(np.ceil(polygons[..., 1].max(axis=1, initial=-np.inf)), 0, rows)
    owner, row = _expanded(tops, bottoms)
    strips = _strips(polygons[owner], row)
    across = np.where((strips[..., 1, 1] == strips[..., 0, 1])[..., None], np.nan, strips[..., 0])
    lefts = np.clip(np.floor(np.fmin.reduce(across, axis=(1, 2), initial=np.inf)), 0, columns)
    rights = np.clip(np.ceil(np.fmax.reduce(across, axis=(1, 2), initial=-np.inf)), 0, columns)
    strip, column = _expanded(lefts, rights)
    area = np.abs(_within(strips[strip], column))
    met = area > NO_AREA
    return Overlaps(owner[strip][met], (row[strip] * columns + column)[met], area[met])


def _expanded(first: Floats, end: Floats) -> tuple[Ints, Ints]:
    """For each entry the numbers from `first` up to `end`, exclusive, with the entry that each belongs to."""
    lengths = np.maximum(end - first, 0).astype(np.int64)
    owner = np.repeat(np.arange(len(lengths)), lengths)
    begin = np.cumsum(lengths) - lengths
    return owner, np.arange(len(owner)) - begin[owner] + first.astype(np.int64)[owner]


def _strips(polygons: Floats, row: Ints) -> Floats:
    """The edges as far as they are in a row: [n, edges, 2 ends, (x, y)]. The others lie on its border."""
    start, end = polygons, np.roll(polygons, -1, axis=1)
    low, high = row[:, None].astype(float), row[:, None] + 1.0
    return np.stack([_cut(start, end, low, high), _cut(end, start, low, high)], axis=2)


def _cut(point: Floats, other: Floats, low: Floats, high: Floats) -> Floats:
    """The end of an edge at `point`, moved along the edge to the border of the row if it is outside."""
    height = np.clip(point[..., 1], low, high)
    rise = other[..., 1] - point[..., 1]
    share = np.where(rise == 0, 0.0, (height - point[..., 1]) / np.where(rise == 0, 1.0, rise))
    across = point[..., 0] + np.clip(share, 0, 1) * (other[..., 0] - point[..., 0])
    return np.stack([across, height], axis=-1)


def _within(edges: Floats, column: Ints) -> Floats:
    """The signed area of each strip in its column."""
    x = edges[..., 0] - column[:, None, None]
    start, end = x[..., 0], x[..., 1]
    width = end - start
    # The mean of clamp(x, 0, 1) along the edge, by its antiderivative; an upright edge has but one x.
    upright = np.abs(width) < 1e-7
    mean = np.where(
        upright,
        np.clip((start + end) / 2, 0, 1),
        (_clamped(end) - _clamped(start)) / np.where(upright, 1.0, width),
    )
    area: Floats = (mean * (edges[..., 1, 1] - edges[..., 0, 1])).sum(axis=1)
    return area


def _clamped(x: Floats) -> Floats:
    """The antiderivative of clamp(x, 0, 1)."""
    inside = np.clip(x, 0, 1)
    area: Floats = inside**2 / 2 + np.maximum(x - 1, 0)
    return area
