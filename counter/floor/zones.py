"""The zones of the cameras on the floor plan, with their minutes. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

import numpy as np

from counter.floor.feet import FootSums
from counter.floor.homography import Homography
from counter.floor.plan import FloorPlan
from ingest.registry.polygons import Point, Polygon

NEAR_HORIZON = 0.02
"""Zones are cut where the third coordinate falls below this share of its greatest value: 50 times as deep in
the picture as the nearest corner.
"""


@dataclass(frozen=True)
class FloorZone:
    """A camera's zone: `polygon` is the part of it on the plan, in metres; empty if there is none.

    `person_minutes` were spent in it in the `counted_hours`, whether or not the feet were in the picture.
    """

    name: str
    camera: str
    polygon: Polygon
    person_minutes: float
    counted_hours: float

    @property
    def middle(self) -> Point:
        """The mean of the corners: where the name stands."""
        return (
            sum(x for x, _ in self.polygon) / len(self.polygon),
            sum(y for _, y in self.polygon) / len(self.polygon),
        )


def floor_zones(plan: FloorPlan, sums: Iterable[FootSums]) -> list[FloorZone]:
    """The zones of the sums that `foot_sums` gives, by camera and name; each where its last mapping puts it.

    Raises UnusablePoints.
    """
    return [
        zone
        for _, parts in groupby(sums, lambda part: part.camera.camera)
        for zone in _camera_zones(plan, list(parts))
    ]


def _camera_zones(plan: FloorPlan, parts: Sequence[FootSums]) -> list[FloorZone]:
    camera, mapping = parts[-1].camera, parts[-1].mapping
    homography = camera.homography(mapping, plan) if mapping else None
    hours = sum(part.counted_seconds + part.ungridded for part in parts) / 3600
    return [
        FloorZone(
            name,
            camera.camera,
            _on_plan(plan, homography, polygon) if homography else (),
            sum(part.zone_seconds.get(name, 0) for part in parts) / 60,
            hours,
        )
        for name, polygon in sorted(camera.zones.items())
    ]


def _on_plan(plan: FloorPlan, homography: Homography, polygon: Polygon) -> Polygon:
    corners = np.array(polygon, float)
    depths = homography.to_floor(corners)[1]
    least = NEAR_HORIZON * float(depths.max())
    if least <= 0:
        return ()

    def before_horizon(point: Point) -> float:
        return float(homography.to_floor(np.array(point))[1]) - least

    visible = _clipped(polygon, before_horizon)
    places = [(float(x), float(y)) for x, y in homography.to_floor(np.array(visible))[0]]
    for side in (
        lambda point: point[0],
        lambda point: plan.width - point[0],
        lambda point: point[1],
        lambda point: plan.height - point[1],
    ):
        places = _clipped(places, side)
    return tuple(places) if len(places) > 2 else ()


def _clipped(polygon: Sequence[Point], side: Callable[[Point], float]) -> list[Point]:
    """The part of a polygon where `side`, which is linear, is not negative (Sutherland and Hodgman, 1974)."""
    found: list[Point] = []
    for start, end in pairwise([*polygon, *polygon[:1]]):
        before, after = side(start), side(end)
        if before >= 0:
            found.append(start)
        if before * after < 0:
            share = before / (before - after)
            found.append((start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])))
    return found
