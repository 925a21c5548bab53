"""Which polygon a person stands in. Pure."""

from collections.abc import Iterable
from itertools import pairwise
from operator import itemgetter

from counter.rows.occupancy import Box, Person
from ingest.registry.camera import Camera, Point, Polygon

_LAST = 1 - 1e-9
"""Just inside the image: boxes end on its border or beyond, where no zone could hold their feet."""


def foot(box: Box) -> Point:
    """Where a person stands: the middle of the box's lower edge, moved into the image."""
    return _into_image(box.left + box.width / 2), _into_image(box.top + box.height)


def holds(polygon: Polygon, point: Point) -> bool:
    """Whether `point` lies in `polygon`, by the even-odd rule.

    On the border: an upper or a left edge belongs to the polygon, a lower or a right one does not, so that
    a point on the edge that two zones share is in exactly one of them.
    """
    x, y = point
    inside = False
    for edge in pairwise((*polygon, polygon[0])):
        # Always from its upper end, so that rounding is the same for both zones at a slanting edge.
        (x1, y1), (x2, y2) = sorted(edge, key=itemgetter(1))
        # The ray goes to the right; each edge it crosses changes the side.
        if y1 <= y < y2 and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1):
            inside = not inside
    return inside


def customers(camera: Camera, people: Iterable[Person]) -> list[Person]:
    """Those who count: sure enough for this camera, and not inside one of its `ignore` polygons."""
    return [
        person
        for person in people
        if person.confidence >= camera.min_confidence
        and not any(holds(polygon, foot(person.box)) for polygon in camera.ignore.values())
    ]


def count_by_zone(camera: Camera, customers: Iterable[Person]) -> dict[str, int]:
    """How many stand in each zone of the camera; zones may overlap, and a zone without anybody is 0."""
    feet = [foot(person.box) for person in customers]
    return {name: sum(holds(polygon, point) for point in feet) for name, polygon in camera.zones.items()}


def _into_image(share: float) -> float:
    return min(max(share, 0.0), _LAST)
