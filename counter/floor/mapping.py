"""How a camera's picture lies on the floor plan, and from which day on. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from counter.floor.homography import Homography, UnusablePoints, check_inside
from counter.floor.plan import FloorPlan
from ingest.registry.polygons import Point, Polygon


@dataclass(frozen=True)
class FourPoints:
    """The same four places on the floor, in a camera's picture and on the plan, both in 0..1."""

    picture: tuple[Point, ...]
    plan: tuple[Point, ...]

    def homography(self, plan: FloorPlan) -> Homography:
        """From the picture to the plan in metres. Raises UnusablePoints."""
        check_inside(self.plan, "the plan")
        return Homography.of_points(self.picture, [plan.metres(point) for point in self.plan])


@dataclass(frozen=True)
class CameraMapping:
    """A camera's four points from the local day `since` on.

    None for `points`: the camera was moved on that day and has not been mapped again.
    """

    since: date
    points: FourPoints | None


@dataclass(frozen=True)
class MappedCamera:
    """A camera with all mappings that it has had, and its polygons in the picture.

    People inside `ignore` are not counted, so the camera does not see the floor there.
    """

    camera: str
    mappings: Sequence[CameraMapping]
    ignore: Sequence[Polygon] = ()
    zones: Mapping[str, Polygon] = field(default_factory=dict)

    def mapping_on(self, day: date) -> CameraMapping | None:
        """The mapping in force on a local day; None before the first one."""
        before = [mapping for mapping in self.mappings if mapping.since <= day]
        return max(before, key=lambda mapping: mapping.since, default=None)

    def homography(self, mapping: CameraMapping, plan: FloorPlan) -> Homography | None:
        """Of one of its mappings; None if the camera was moved. Raises UnusablePoints, which names it."""
        if mapping.points is None:
            return None
        try:
            return mapping.points.homography(plan)
        except UnusablePoints as error:
            raise UnusablePoints(f"camera {self.camera}, mapped from {mapping.since} on: {error}") from error
