"""Draws walking figures, which a simulated camera shows instead of people.

A sprite is drawn once at four times its size and then reduced, which smooths its edges. The proportions are
those of an adult (the head is an eighth of the height), because the detector was trained on photographs.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import cos, pi, sin

import cv2
import numpy as np
import numpy.typing as npt

Colour = tuple[int, int, int]
"""Blue, green, red."""

GAIT_PHASES = 12
"""The number of sprites per double step."""
_FINE = 4
_ASPECT = 0.58
_STRIDE, _SWING = 0.24, 0.30  # largest angles of a leg and an arm from the vertical, in radians


@dataclass(frozen=True)
class Outfit:
    """The colours of a figure, all darker than the shop behind, because the detector needs contrast."""

    hair: Colour
    skin: Colour
    top: Colour
    trousers: Colour
    shoes: Colour = (30, 28, 26)


OUTFITS = (
    Outfit((24, 30, 40), (120, 150, 205), (96, 40, 28), (58, 44, 36)),
    Outfit((30, 55, 85), (135, 165, 220), (40, 34, 120), (45, 40, 38)),
    Outfit((15, 15, 18), (60, 85, 130), (48, 84, 36), (70, 50, 40)),
    Outfit((40, 70, 110), (140, 170, 225), (70, 52, 58), (30, 28, 30)),
    Outfit((20, 20, 24), (95, 125, 180), (30, 66, 110), (64, 58, 50)),
    Outfit((60, 62, 66), (125, 155, 210), (84, 70, 20), (40, 36, 44)),
)


@dataclass(frozen=True)
class Sprite:
    """A figure to draw over a scene; stored as bytes, because hundreds are cached."""

    pixels: npt.NDArray[np.uint8]
    """Height x width x 3, BGR, multiplied by the cover."""
    cover: npt.NDArray[np.uint8]
    """Height x width x 1; 255 hides the background."""

    @property
    def height(self) -> int:
        """In pixels."""
        return len(self.pixels)

    @property
    def width(self) -> int:
        """In pixels."""
        return len(self.pixels[0])

    def mirrored(self) -> "Sprite":
        """The figure facing the other way, without copying."""
        return Sprite(self.pixels[:, ::-1], self.cover[:, ::-1])


@lru_cache(maxsize=512)
def walking(outfit: Outfit, height: int, phase: int) -> Sprite:
    """The figure `height` pixels high, facing right, in one of GAIT_PHASES phases of a double step."""
    pen = _FigurePen(height * _FINE)
    _draw(pen, outfit, 2 * pi * phase / GAIT_PHASES)
    return pen.sprite(height)


class _FigurePen:
    """Draws in units of the figure height; the origin is the middle of its top."""

    def __init__(self, height: int) -> None:
        self._unit = height
        self._colour = np.zeros((height, round(height * _ASPECT), 3), np.uint8)
        self._cover = np.zeros(self._colour.shape[:2], np.uint8)

    def limb(self, colour: Colour, joints: list[tuple[float, float]], widths: tuple[float, float]) -> None:
        """Draw a limb along `joints`, from the first width to the second, with rounded joints."""
        steps = np.linspace(widths[0], widths[1], len(joints))
        for (start, end), (wide, narrow) in zip(pairwise(joints), pairwise(steps), strict=True):
            self._segment(colour, start, end, (wide, narrow))

    def polygon(self, colour: Colour, corners: list[tuple[float, float]]) -> None:
        """Draw a filled polygon."""
        points = np.array([self._point(corner) for corner in corners], np.int32)
        cv2.fillPoly(self._colour, [points], colour)
        cv2.fillPoly(self._cover, [points], 255)

    def ellipse(self, colour: Colour, centre: tuple[float, float], radii: tuple[float, float]) -> None:
        """Draw a filled, upright ellipse."""
        axes = round(radii[0] * self._unit), round(radii[1] * self._unit)
        for canvas, ink in ((self._colour, colour), (self._cover, 255)):
            cv2.ellipse(canvas, self._point(centre), axes, 0, 0, 360, ink, cv2.FILLED)

    def sprite(self, height: int) -> Sprite:
        """The drawing at its final size. Its background is black, so its edges are premultiplied."""
        size = (round(height * _ASPECT), height)
        pixels = cv2.resize(self._colour, size, interpolation=cv2.INTER_AREA)
        cover = cv2.resize(self._cover, size, interpolation=cv2.INTER_AREA)
        return Sprite(np.asarray(pixels, np.uint8), np.asarray(cover, np.uint8)[..., np.newaxis])

    def _segment(
        self,
        colour: Colour,
        start: tuple[float, float],
        end: tuple[float, float],
        widths: tuple[float, float],
    ) -> None:
        direction = np.subtract(end, start)
        normal = np.array([-direction[1], direction[0]]) / max(float(np.hypot(*direction)), 1e-6)
        sides = [
            np.add(start, normal * widths[0] / 2),
            np.add(end, normal * widths[1] / 2),
            np.subtract(end, normal * widths[1] / 2),
            np.subtract(start, normal * widths[0] / 2),
        ]
        self.polygon(colour, [(float(x), float(y)) for x, y in sides])
        for joint, width in ((start, widths[0]), (end, widths[1])):
            self.ellipse(colour, joint, (width / 2, width / 2))

    def _point(self, point: tuple[float, float]) -> tuple[int, int]:
        return round(point[0] * self._unit + self._colour.shape[1] / 2), round(point[1] * self._unit)


def _draw(pen: _FigurePen, outfit: Outfit, angle: float) -> None:
    swing = sin(angle)
    _leg(pen, _shade(outfit.trousers, 0.8), outfit.shoes, -swing, -cos(angle))
    _arm(pen, _shade(outfit.top, 0.75), outfit.skin, swing, -1)
    _leg(pen, outfit.trousers, outfit.shoes, swing, cos(angle))
    pen.limb(outfit.skin, [(0.0, 0.11), (0.0, 0.17)], (0.06, 0.07))
    _torso(pen, outfit)
    _arm(pen, _shade(outfit.top, 0.85), outfit.skin, -swing, 1)
    pen.ellipse(outfit.hair, (-0.004, 0.066), (0.056, 0.066))
    pen.ellipse(outfit.skin, (0.010, 0.082), (0.044, 0.054))


def _torso(pen: _FigurePen, outfit: Outfit) -> None:
    pen.polygon(
        outfit.top,
        [(-0.055, 0.150), (-0.115, 0.185), (-0.100, 0.33), (-0.092, 0.50),
         (0.092, 0.50), (0.100, 0.33), (0.115, 0.185), (0.055, 0.150)],
    )  # fmt: skip
    for side in (-1, 1):
        pen.ellipse(outfit.top, (side * 0.088, 0.195), (0.034, 0.034))


def _arm(pen: _FigurePen, sleeve: Colour, skin: Colour, swing: float, side: int) -> None:
    shoulder = (side * 0.095, 0.20)
    elbow = _end(shoulder, side * 0.10 + swing * _SWING, 0.16)
    hand = _end(elbow, side * 0.02 + swing * _SWING + 0.18, 0.13)
    pen.limb(sleeve, [shoulder, elbow, hand], (0.062, 0.044))
    pen.ellipse(skin, _end(elbow, side * 0.02 + swing * _SWING + 0.18, 0.15), (0.021, 0.024))


def _leg(pen: _FigurePen, trousers: Colour, shoes: Colour, swing: float, forward: float) -> None:
    hip = (swing * 0.012 + (0.03 if forward > 0 else -0.03), 0.49)
    bend = 0.30 * max(0.0, forward)  # the knee of the leg that swings forward is bent
    knee = _end(hip, swing * _STRIDE + 0.4 * bend, 0.235)
    ankle = _end(knee, swing * _STRIDE - 0.8 * bend, 0.225)
    pen.limb(trousers, [hip, knee, ankle], (0.108, 0.062))
    pen.limb(
        shoes, [(ankle[0] - 0.008, ankle[1] + 0.022), (ankle[0] + 0.052, ankle[1] + 0.030)], (0.048, 0.032)
    )


def _end(start: tuple[float, float], angle: float, length: float) -> tuple[float, float]:
    return start[0] + sin(angle) * length, start[1] + cos(angle) * length


def _shade(colour: Colour, share: float) -> Colour:
    return round(colour[0] * share), round(colour[1] * share), round(colour[2] * share)
