"""What a camera sees of the floor: its foot grid on the plan. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from counter.analytics.estimation.arrays import Floats, Ints
from counter.floor.clipping import overlaps
from counter.floor.homography import Homography
from counter.floor.plan import CELL, FloorPlan
from counter.rows.feet import COLUMNS, LOWER_EDGE, ROWS
from ingest.registry.polygons import Polygon

LARGEST = 5.0
"""The most metres of floor that a cell of the picture may reach over. Farther away a cell says too little of
where people stand, and those cells that the horizon crosses reach infinitely far.
"""
SEEN = 0.5
"""The share of a plan's cell that a camera must see for its figure to be shown."""


@dataclass(frozen=True)
class FloorView:
    """A camera's foot grid on a plan.

    `foot_cell`, `plan_cell` and `share` are one entry for each overlap: the share of the foot cell's floor
    that lies in the plan's cell. `seen` is [rows, columns]: how many square metres of each plan cell the
    camera sees, 0 where it is less than SEEN of the cell.
    """

    foot_cell: Ints
    plan_cell: Ints
    share: Floats
    seen: Floats

    def placed(self, feet: Ints) -> Floats:
        """The seconds of each plan cell, [rows, columns], from those of the foot grid.

        What lies beyond the plan, too far away, or in plan cells that are hardly seen, is not in it.
        """
        seconds = np.bincount(self.plan_cell, feet[self.foot_cell] * self.share, self.seen.size)
        placed: Floats = np.where(self.seen > 0, seconds.reshape(self.seen.shape), 0.0)
        return placed


def floor_view(plan: FloorPlan, homography: Homography, ignore: Sequence[Polygon] = ()) -> FloorView:
    """The view of a camera; `ignore` are polygons of its picture in which nobody is counted."""
    corners, depths = homography.to_floor(cell_corners())
    with np.errstate(invalid="ignore"):
        reach = np.linalg.norm(corners[:, :2] - corners[:, 2:], axis=-1).max(axis=1)
    near = np.flatnonzero((depths.min(axis=1) > 0) & (reach <= LARGEST))
    quads = corners[near] / CELL
    found = overlaps(quads, plan.shape)
    foot_cell = near[found.polygon]
    metres = found.area * CELL**2
    watched = watched_shares(ignore)
    seen = np.bincount(found.cell, metres * watched[foot_cell], int(np.prod(plan.shape))).reshape(plan.shape)
    return FloorView(
        foot_cell,
        found.cell,
        share=found.area / _areas(quads)[found.polygon],
        # Just under, since areas are sums: a cell of which exactly half is seen counts.
        seen=np.where(seen >= SEEN * CELL**2 - 1e-9, seen, 0.0),
    )


def cell_corners() -> Floats:
    """The corners of the foot grid's cells in the picture, [cells, 4, (x, y)].

    The lowest row ends at LOWER_EDGE: below it the feet are cut off and have no cell.
    """
    x = np.arange(COLUMNS + 1) / COLUMNS
    y = np.minimum(np.arange(ROWS + 1) / ROWS, LOWER_EDGE)
    left, top = np.meshgrid(x[:-1], y[:-1])
    right, bottom = np.meshgrid(x[1:], y[1:])
    around = [(left, top), (right, top), (right, bottom), (left, bottom)]
    return np.stack([np.stack(corner, axis=-1).reshape(-1, 2) for corner in around], axis=1)


def watched_shares(ignore: Sequence[Polygon]) -> Floats:
    """Which share of each foot cell lies outside the ignored polygons."""
    ignored = np.zeros(ROWS * COLUMNS)
    for polygon in ignore:
        found = overlaps(np.array([polygon], float) * (COLUMNS, ROWS), (ROWS, COLUMNS))
        ignored += np.bincount(found.cell, found.area, ignored.size)
    heights = np.minimum(np.arange(1, ROWS + 1), LOWER_EDGE * ROWS) - np.arange(ROWS)
    shares: Floats = 1.0 - np.minimum(ignored / np.repeat(heights, COLUMNS), 1.0)
    return shares


def _areas(quads: Floats) -> Floats:
    """The areas of quadrilaterals, in their own unit."""
    first, second = quads[:, 2] - quads[:, 0], quads[:, 3] - quads[:, 1]
    areas: Floats = np.abs(first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]) / 2
    return areas
