"""Draws the polygons, their names and the people on the frame, for `--png`."""

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from infra.cli.view.people import PlacedPerson
from infra.local.rekognition.detectors.detection import Image
from ingest.registry.camera import Camera
from ingest.registry.polygons import Point, Polygon

Colour = tuple[int, int, int]
"""Blue, green, red: the order of OpenCV."""

# The colours of the page.
ZONES: tuple[Colour, ...] = (
    (248, 189, 56), (36, 191, 251), (153, 211, 52), (182, 114, 244), (60, 146, 251), (250, 139, 167),
)  # fmt: skip
IGNORE: Colour = (148, 148, 148)
COUNTED: Colour = (120, 222, 74)
NOT_COUNTED: Colour = (170, 170, 170)
DARK: Colour = (23, 17, 13)
_TINT = 0.28
_FONT = cv2.FONT_HERSHEY_SIMPLEX


def annotated(pixels: Image, camera: Camera, people: Iterable[PlacedPerson]) -> Image:
    """A copy of the frame with the polygons and people drawn on it."""
    canvas = _Canvas(pixels.copy())
    for name, polygon in camera.ignore.items():
        canvas.polygon(polygon, IGNORE, f"{name} (ignored)")
    for index, (name, polygon) in enumerate(camera.zones.items()):
        canvas.polygon(polygon, ZONES[index % len(ZONES)], name)
    for placed in people:
        canvas.person(placed)
    return canvas.pixels


def png_bytes(pixels: Image) -> bytes:
    """The image as a PNG file."""
    _, data = cv2.imencode(".png", pixels)
    return data.tobytes()


@dataclass
class _Canvas:
    """Draws on its pixels, with lines and letters that suit their size."""

    pixels: Image

    @property
    def _scale(self) -> float:
        longest: int = max(self.pixels.shape[:2])
        return max(0.4, longest / 1600)

    @property
    def _stroke(self) -> int:
        return max(1, round(2 * self._scale))

    def polygon(self, polygon: Polygon, colour: Colour, name: str) -> None:
        corners = np.array([self._pixel(corner) for corner in polygon], np.int32)
        tinted = self.pixels.copy()
        cv2.fillPoly(tinted, [corners], colour)
        cv2.addWeighted(tinted, _TINT, self.pixels, 1 - _TINT, 0, dst=self.pixels)
        cv2.polylines(
            self.pixels, [corners], isClosed=True, color=colour, thickness=self._stroke, lineType=cv2.LINE_AA
        )
        upper = min(polygon, key=lambda corner: (corner[1], corner[0]))
        self._label(self._pixel(upper), name, colour)

    def person(self, placed: PlacedPerson) -> None:
        colour = COUNTED if placed.counted else NOT_COUNTED
        box = placed.person.box
        upper = self._pixel((box.left, box.top))
        lower = self._pixel((box.left + box.width, box.top + box.height))
        cv2.rectangle(self.pixels, upper, lower, colour, self._stroke, cv2.LINE_AA)
        self._label(upper, " ".join([f"{placed.person.confidence:.1f}", *placed.zones]), colour)

    def _label(self, corner: tuple[int, int], text: str, colour: Colour) -> None:
        """Text on a background of `colour`; its lower left is at `corner`, as far as the picture has room."""
        size = 0.75 * self._scale
        (width, height), below = cv2.getTextSize(text, _FONT, size, self._stroke)
        pad = 4 * self._stroke
        left = max(0, min(corner[0], self.pixels.shape[1] - width - 2 * pad))
        bottom = max(corner[1], height + below + 2 * pad)
        background = (left + width + 2 * pad, bottom - height - below - 2 * pad)
        cv2.rectangle(self.pixels, (left, bottom), background, colour, cv2.FILLED)
        cv2.putText(
            self.pixels,
            text,
            (left + pad, bottom - below - pad),
            _FONT,
            size,
            DARK,
            self._stroke,
            cv2.LINE_AA,
        )

    def _pixel(self, point: Point) -> tuple[int, int]:
        height, width = self.pixels.shape[:2]
        return round(point[0] * (width - 1)), round(point[1] * (height - 1))
