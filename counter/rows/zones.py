"""Which polygon a person stands in. Pure."""

from collections.abc import Iterable

from counter.rows.occupancy import Box, Person
from ingest.registry.camera import Camera
from ingest.registry.polygons import Point, contains

_LAST = 1 - 1e-9
"""Just inside the image: boxes end on its border or beyond, where no zone could hold their feet."""


def foot(box: Box) -> Point:
    """Where a person stands: the middle of the box's lower edge, moved into the image."""
    return _into_image(box.left + box.width / 2), _into_image(box.top + box.height)


def customers(camera: Camera, people: Iterable[Person]) -> list[Person]:
    """Those who count: sure enough for this camera, and not inside one of its `ignore` polygons."""
    return [
        person
        for person in people
        if person.confidence >= camera.min_confidence
        and not any(contains(polygon, foot(person.box)) for polygon in camera.ignore.values())
    ]


def count_by_zone(camera: Camera, customers: Iterable[Person]) -> dict[str, int]:
    """How many stand in each zone of the camera; zones may overlap, and a zone without anybody is 0."""
    feet = [foot(person.box) for person in customers]
    return {name: sum(contains(polygon, point) for point in feet) for name, polygon in camera.zones.items()}


def _into_image(share: float) -> float:
    return min(max(share, 0.0), _LAST)
