"""The polygons of a camera between the page and the registry: JSON to settings and back. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ingest.errors import OccupancyError
from ingest.registry.camera import Camera
from ingest.registry.polygons import Polygon

KINDS = ("zone", "ignore")


class InvalidDrawing(OccupancyError, ValueError):
    """What the page sent and no camera can have; `problems` has one sentence for each mistake."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True)
class Drawing:
    """A camera's zones and ignore areas, name -> corners in 0..1."""

    zones: Mapping[str, Polygon]
    ignore: Mapping[str, Polygon]

    def on(self, camera: Camera) -> Camera:
        """The camera with these polygons. Raises InvalidCamera with all mistakes at once."""
        return replace(camera, zones=self.zones, ignore=self.ignore)


def polygon_values(camera: Camera) -> list[dict[str, Any]]:
    """The camera's polygons for the page: kind, name, corners."""
    return [
        {"kind": kind, "name": name, "corners": corners}
        for kind, polygons in zip(KINDS, (camera.zones, camera.ignore), strict=True)
        for name, corners in polygons.items()
    ]


def read_drawing(polygons: Any) -> Drawing:
    """The inverse, of what the page sent. Raises InvalidDrawing; what a camera refuses, it refuses itself."""
    try:
        read = [(KINDS.index(one["kind"]), one["name"].strip(), _corners(one["corners"])) for one in polygons]
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise InvalidDrawing(["the page sent no polygons that can be read: load it again"]) from error
    drawn: tuple[dict[str, Polygon], ...] = ({}, {})
    problems = []
    for kind, name, corners in read:
        if name in drawn[kind]:
            problems.append(f"{KINDS[kind]} {name!r} is there twice: give one of them another name")
        drawn[kind][name] = corners
    if problems:
        raise InvalidDrawing(problems)
    return Drawing(*drawn)


def _corners(values: Any) -> Polygon:
    return tuple((float(x), float(y)) for x, y in values)
