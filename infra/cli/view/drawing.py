"""The polygons of a camera between page and registry: from JSON to settings and back. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ingest.errors import OccupancyError
from ingest.registry.camera import Camera
from ingest.registry.polygons import Polygon

KINDS = ("zone", "ignore")


class InvalidDrawing(OccupancyError, ValueError):
    """Polygons from the page that no camera can have; `problems` has a sentence for each mistake."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True)
class Drawing:
    """The zones and ignore areas of a camera: name -> corners in 0..1."""

    zones: Mapping[str, Polygon]
    ignore: Mapping[str, Polygon]

    def on(self, camera: Camera) -> Camera:
        """The camera with these polygons. Raises InvalidCamera with all mistakes."""
        return replace(camera, zones=self.zones, ignore=self.ignore)


def polygon_values(camera: Camera) -> list[dict[str, Any]]:
    """The polygons of a camera for the page: kind, name, corners."""
    return [
        {"kind": kind, "name": name, "corners": corners}
        for kind, polygons in zip(KINDS, (camera.zones, camera.ignore), strict=True)
        for name, corners in polygons.items()
    ]


def read_drawing(polygons: Any) -> Drawing:
    """The inverse: read the polygons that the page sent. Raises InvalidDrawing; Camera checks the rest."""
    try:
        read = [
            (KINDS.index(polygon["kind"]), polygon["name"].strip(), _corners(polygon["corners"]))
            for polygon in polygons
        ]
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise InvalidDrawing(["the page sent polygons that cannot be read: reload it"]) from error
    drawn: tuple[dict[str, Polygon], ...] = ({}, {})
    problems = []
    for kind, name, corners in read:
        if name in drawn[kind]:
            problems.append(f"{KINDS[kind]} {name!r} exists twice: rename one of them")
        drawn[kind][name] = corners
    if problems:
        raise InvalidDrawing(problems)
    return Drawing(*drawn)


def _corners(values: Any) -> Polygon:
    return tuple((float(x), float(y)) for x, y in values)
