"""Whom the detector finds on the frame, and where the counter would count them. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from counter.rows.occupancy import Box, Person
from counter.rows.zones import count_by_zone, customers, foot
from infra.local.rekognition.detectors.detection import Detection
from ingest.registry.camera import Camera
from ingest.registry.polygons import contains


@dataclass(frozen=True)
class Placed:
    """A person, whether the camera counts them, in which zones, and which ignore areas they stand in."""

    person: Person
    counted: bool
    zones: tuple[str, ...]
    ignore: tuple[str, ...]

    def values(self) -> dict[str, Any]:
        """For the page: box as left, top, width, height, and where the person stands, in 0..1."""
        box = self.person.box
        return {
            "confidence": self.person.confidence,
            "box": (box.left, box.top, box.width, box.height),
            "foot": foot(box),
            "counted": self.counted,
            "zones": self.zones,
            "ignore": self.ignore,
        }


def person(detection: Detection) -> Person:
    """A local detection as what the counter reads out of DetectLabels."""
    return Person(detection.confidence, Box(detection.left, detection.top, detection.width, detection.height))


def placed(camera: Camera, people: Iterable[Person]) -> list[Placed]:
    """Each person by the counter's own rules."""
    return [_placed(camera, one) for one in people]


def _placed(camera: Camera, one: Person) -> Placed:
    counted = customers(camera, [one])
    zones = tuple(name for name, number in count_by_zone(camera, counted).items() if number)
    ignore = tuple(name for name, polygon in camera.ignore.items() if contains(polygon, foot(one.box)))
    return Placed(one, bool(counted), zones, ignore)
