"""The people that the detector finds on the frame, and how the counter would count them. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from counter.rows.occupancy import Box, Person
from counter.rows.rule import Rule
from counter.rows.zones import count_by_zone, customers, foot
from infra.local.rekognition.detectors.detection import Detection
from ingest.registry.camera import Camera
from ingest.registry.polygons import contains


@dataclass(frozen=True)
class PlacedPerson:
    """A person, whether they are counted, the zones they count in, and the ignore areas they stand in."""

    person: Person
    counted: bool
    zones: tuple[str, ...]
    ignore: tuple[str, ...]

    def values(self) -> dict[str, Any]:
        """The values for the page: box (left, top, width, height) and foot point in 0..1."""
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
    """A local detection as the person that the counter reads from DetectLabels."""
    return Person(detection.confidence, Box(detection.left, detection.top, detection.width, detection.height))


def placed(camera: Camera, people: Iterable[Person]) -> list[PlacedPerson]:
    """Place each person by the rules of the counter."""
    return [_placed(camera, found) for found in people]


def _placed(camera: Camera, found: Person) -> PlacedPerson:
    rule = Rule.of(camera)
    counted = customers(rule, [found])
    zones = tuple(name for name, number in count_by_zone(rule, counted).items() if number)
    ignore = tuple(name for name, polygon in camera.ignore.items() if contains(polygon, foot(found.box)))
    return PlacedPerson(found, bool(counted), zones, ignore)
