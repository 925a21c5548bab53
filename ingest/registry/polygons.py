"""The geometry of a camera's polygons: which are valid, and which points they contain. Pure."""

from collections.abc import Iterator
from itertools import combinations, pairwise
from operator import itemgetter

NO_AREA = 1e-9
"""Share of the image below which a polygon can hold nobody: a line has this much area after rounding."""

Point = tuple[float, float]
Polygon = tuple[Point, ...]
"""Corners in image coordinates, 0..1 from the upper left."""


def contains(polygon: Polygon, point: Point) -> bool:
    """Whether `point` lies in `polygon`, by the even-odd rule.

    On the border: an upper or a left edge belongs to the polygon, a lower or a right one does not, so that
    a point on the edge that two zones share is in exactly one of them.
    """
    x, y = point
    inside = False
    for edge in _edges(polygon):
        # Always from its upper end, so that rounding is the same for both zones at a slanting edge.
        (x1, y1), (x2, y2) = sorted(edge, key=itemgetter(1))
        # The ray goes to the right; each edge it crosses changes the side.
        if y1 <= y < y2 and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1):
            inside = not inside
    return inside


def polygon_problems(polygon: Polygon) -> Iterator[str]:
    """One clause for each mistake in a polygon, to follow its name."""
    if len(set(polygon)) < 3:
        yield f"has {len(set(polygon))} different points, a polygon needs at least 3"
    elif crossing := next(_crossings(polygon), None):
        first, second = crossing
        yield (
            f"crosses itself, its edge {first} meets its edge {second}:"
            " give its corners in their order around it"
        )
    elif abs(area(polygon)) <= NO_AREA:
        yield "has no area, its edges lie on each other: give corners off that line"
    for x, y in polygon:
        if not (0 <= x <= 1 and 0 <= y <= 1):
            yield f"has the point ({x:g}, {y:g}) outside 0..1"


def area(polygon: Polygon) -> float:
    """The polygon's share of the image, by the shoelace formula; negative if the corners go the other way."""
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in _edges(polygon)) / 2


def _edges(polygon: Polygon) -> Iterator[tuple[Point, Point]]:
    return pairwise((*polygon, polygon[0]))


def _crossings(polygon: Polygon) -> Iterator[tuple[int, int]]:
    """The pairs of edges that cross each other; edge 1 leaves the first corner.

    Edges that only touch do not cross: a ring is drawn as one polygon that returns along its own cut.
    """
    for (first, (a, b)), (second, (c, d)) in combinations(enumerate(_edges(polygon), 1), 2):
        if _side(a, b, c) * _side(a, b, d) < 0 and _side(c, d, a) * _side(c, d, b) < 0:
            yield first, second


def _side(start: Point, end: Point, point: Point) -> int:
    """On which side of the line through an edge the point is; 0 if on it, within rounding."""
    share = area((start, end, point))
    return 0 if abs(share) <= NO_AREA else (1 if share > 0 else -1)
