"""A floor plan in metres: how large it is, and its cells of half a metre. Pure."""

from dataclasses import dataclass
from math import ceil, hypot, isfinite

from ingest.errors import OccupancyError
from ingest.registry.polygons import Point

CELL = 0.5
"""The side of a plan's cell in metres."""

SHORTEST, LONGEST = 1.0, 400.0
"""The sides in metres that a plan may have: others come from a distance in feet or from a wrong digit."""

NEAREST = 0.02
"""The least distance of the two points of a scale, as a share of the plan's diagonal: an error of a few
pixels in a shorter one would change the size of the whole plan.
"""


class UnusablePlan(OccupancyError, ValueError):
    """A floor plan that gives no metres; its text is one sentence that says what to do."""


@dataclass(frozen=True)
class PlanScale:
    """A distance that is known: two points on the plan, as shares of its width and height, and the metres
    between them.
    """

    start: Point
    end: Point
    metres: float


@dataclass(frozen=True)
class FloorPlan:
    """A plan of `width` x `height` metres. Its points have their origin at the upper left."""

    width: float
    height: float

    @classmethod
    def of_picture(cls, pixels: tuple[float, float], scale: PlanScale | None) -> "FloorPlan":
        """The plan of a picture of that width and height, in any unit. Raises UnusablePlan."""
        if scale is None:
            raise UnusablePlan(
                "the floor plan has no scale: give two points on it and the distance between them in metres"
            )
        width, height = pixels
        if not (isfinite(width) and isfinite(height) and width > 0 and height > 0):
            raise UnusablePlan(f"the floor plan is {width:g} x {height:g} large: give a picture with an area")
        metre = _pixels_per_metre(pixels, scale)
        sides = width / metre, height / metre
        if not all(SHORTEST <= side <= LONGEST for side in sides):
            raise UnusablePlan(
                f"by this scale the floor plan is {sides[0]:.3g} m x {sides[1]:.3g} m large, and {SHORTEST:g}"
                f" to {LONGEST:g} m are possible: give the distance between the two points in metres"
            )
        return cls(*sides)

    @property
    def shape(self) -> tuple[int, int]:
        """The rows and columns of its cells; the last ones may reach over its edge."""
        return ceil(self.height / CELL - 1e-9), ceil(self.width / CELL - 1e-9)

    def metres(self, point: Point) -> Point:
        """Where a point is that is given as shares of width and height."""
        return point[0] * self.width, point[1] * self.height


def _pixels_per_metre(pixels: tuple[float, float], scale: PlanScale) -> float:
    for x, y in (scale.start, scale.end):
        if not (0 <= x <= 1 and 0 <= y <= 1):
            raise UnusablePlan(
                f"the point ({x:g}, {y:g}) of the scale is outside the floor plan: give numbers from 0 to 1"
            )
    if not (isfinite(scale.metres) and scale.metres > 0):
        raise UnusablePlan(
            f"the distance on the floor plan is {scale.metres:g} m: give the metres between the points"
        )
    across = (scale.end[0] - scale.start[0]) * pixels[0]
    down = (scale.end[1] - scale.start[1]) * pixels[1]
    if hypot(across, down) < NEAREST * hypot(*pixels):
        raise UnusablePlan("the two points of the scale are too close together: give two that are far apart")
    return hypot(across, down) / scale.metres
