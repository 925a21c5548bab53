"""The heat map: person-minutes for each square metre and counted hour, of all cameras together. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from counter.analytics.estimation.arrays import Floats
from counter.floor.feet import FootSums
from counter.floor.plan import CELL, FloorPlan, UnusablePlan
from counter.floor.view import floor_view
from ingest.registry.polygons import Point

PER_HOUR = 60.0
"""Person-seconds per counted second are people; times 60 they are person-minutes per hour."""


@dataclass(frozen=True)
class CameraShare:
    """What became of a camera's person-minutes, in a map or on the way to it.

    `drawn` are on the map; `cut_off` are of people whose feet the picture's lower edge hides; `elsewhere`
    stood beyond the plan or too far away. `unmapped_hours` are counted while no mapping was in force,
    `ungridded_hours` before rows said where people stand: neither is in the other figures.
    """

    camera: str
    counted_hours: float = 0.0
    person_minutes: float = 0.0
    drawn: float = 0.0
    cut_off: float = 0.0
    unmapped_hours: float = 0.0
    ungridded_hours: float = 0.0
    mappings: int = 0

    @property
    def elsewhere(self) -> float:
        """Person-minutes that stood beyond the plan, too far away, or where hardly anything is seen."""
        return max(self.person_minutes - self.drawn - self.cut_off, 0.0)


@dataclass(frozen=True)
class FloorMap:
    """Person-minutes per square metre and counted hour: `density` is [rows, columns] of the plan's cells.

    NaN where no camera sees the floor, or none that does has counted.
    """

    plan: FloorPlan
    density: Floats
    cameras: tuple[CameraShare, ...]

    @property
    def peak(self) -> Point | None:
        """Where it is hottest, in metres, more finely than the cells are: None if nobody was seen.

        In each direction the top of the parabola through the hottest cell and its two neighbours.
        """
        known = np.nan_to_num(self.density)
        if not known.any():
            return None
        row, column = (int(place) for place in np.unravel_index(known.argmax(), known.shape))
        return _top(self.density[row], column) * CELL, _top(self.density[:, column], row) * CELL


def floor_map(plan: FloorPlan, sums: Iterable[FootSums]) -> FloorMap:
    """The map of the sums that `foot_sums` gives. Raises UnusablePoints.

    Each camera is summed first, under the mapping of each day and over its own counted hours. Only then is
    the greatest of the cameras taken in each cell: taken before, it would pick out each one's chance peaks.
    """
    by_camera = groupby(sums, lambda part: part.camera.camera)
    found = [_camera_map(plan, list(parts)) for _, parts in by_camera]
    empty = np.full(plan.shape, np.nan)
    density = np.fmax.reduce([empty, *(own for own, _ in found)])
    return FloorMap(plan, density, tuple(share for _, share in found))


def difference(after: FloorMap, before: FloorMap) -> Floats:
    """What changed in each cell, [rows, columns]; NaN where either map has no figure.

    Raises UnusablePlan if the maps are of different plans.
    """
    if after.plan != before.plan:
        raise UnusablePlan("the two spans have different floor plans: compare spans on the same plan")
    change: Floats = after.density - before.density
    return change


def _top(values: Floats, place: int) -> float:
    """The place of the maximum, in cells from the edge of the first; `place` is the greatest value's."""
    if 0 < place < len(values) - 1:
        before, most, after = (float(value) for value in values[place - 1 : place + 2])
        bend = before - 2 * most + after
        # Not if a neighbour is unknown, or all three are alike.
        if bend < 0:
            return place + 0.5 + (before - after) / (2 * bend)
    return place + 0.5


def _camera_map(plan: FloorPlan, parts: Sequence[FootSums]) -> tuple[Floats, CameraShare]:
    """A camera's own density and shares, over the parts of a span that its mappings cut."""
    placed, watched = np.zeros(plan.shape), np.zeros(plan.shape)
    mapped, hours, unmapped = [], 0.0, 0.0
    for part in parts:
        homography = part.camera.homography(part.mapping, plan) if part.mapping else None
        if homography is None:
            unmapped += part.counted_seconds / 3600
            continue
        mapped.append(part)
        if part.counted_seconds:
            view = floor_view(plan, homography, part.camera.ignore)
            placed += view.placed(part.feet)
            watched += view.seen * part.counted_seconds
            hours += part.counted_seconds / 3600
    density = np.divide(placed, watched, out=np.full(plan.shape, np.nan), where=watched > 0) * PER_HOUR
    return density, CameraShare(
        parts[0].camera.camera,
        counted_hours=hours,
        person_minutes=sum(part.person_seconds for part in mapped) / 60,
        drawn=float(placed.sum()) / 60,
        cut_off=sum(part.cut_off for part in mapped) / 60,
        unmapped_hours=unmapped,
        ungridded_hours=sum(part.ungridded for part in parts) / 3600,
        mappings=len(mapped),
    )
