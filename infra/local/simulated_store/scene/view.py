"""Draws the scene of a simulated camera: a shop with up to four visitors, each between two pillars.

The shop is drawn once; a frame is a copy of it with a sprite for each visitor.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

import cv2
import numpy as np

from infra.local.rekognition.detectors.detection import Image
from infra.local.simulated_store.scene.figures import GAIT_PHASES, OUTFITS, Colour, Sprite, walking
from infra.local.simulated_store.scene.plan import PLACES, Plan, Visitor

WIDTH, HEIGHT = 854, 480
_LANE = WIDTH / PLACES
_PILLAR = 22
_HORIZON = 250
_PACE = 26.0  # pixels a second
_CLOCK = (10, 22)
_STEP_LENGTH = 0.42  # of the figure's height, a double step


@dataclass(frozen=True)
class _Lane:
    """The space between two pillars: columns [left, right), the row of the feet, the height of people."""

    left: int
    right: int
    floor: int
    tall: int


class SceneView:
    """The picture of a camera at any time. The same name and seed give the same pixels."""

    def __init__(self, name: str, seed: int) -> None:
        random = Random(f"view/{name}/{seed}")
        self._plan = Plan(name, seed)
        self._lanes = [_lane(place, random) for place in range(PLACES)]
        self._shop = _shop(random, self._lanes)

    def is_visited(self, time: float) -> bool:
        """Whether anybody is in the shop at `time`, also if a pillar hides them."""
        return bool(self._plan.visitors(time))

    def draw(self, time: float) -> Image:
        """The picture at `time` (seconds since the epoch): 480 x 854 x 3, BGR."""
        picture = self._shop.copy()
        for visitor in self._plan.visitors(time):
            _put(picture, self._lanes[visitor.place], visitor, time)
        _show_clock(picture, time)
        return picture


def _show_clock(picture: Image, time: float) -> None:
    """Write the time into the picture, as most cameras do: without it, an empty shop would look frozen."""
    text = datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M:%S")
    cv2.putText(picture, text, _CLOCK, cv2.FONT_HERSHEY_SIMPLEX, 0.5, (90, 90, 90), 1, cv2.LINE_AA)


def _lane(place: int, random: Random) -> _Lane:
    left, right = round(place * _LANE) + _PILLAR // 2, round((place + 1) * _LANE) - _PILLAR // 2
    tall = random.randrange(196, 236, 4)
    return _Lane(left, right, 290 + round(tall * 0.66), tall)


def _put(picture: Image, lane: _Lane, visitor: Visitor, time: float) -> None:
    random = Random(visitor.figure)
    outfit, tall, start = (
        random.choice(OUTFITS),
        lane.tall + random.randrange(-8, 9, 4),
        random.uniform(0, 100),
    )
    walked = (time % 86_400) * _PACE + start * _PACE
    phase = int(walked / (tall * _STEP_LENGTH) * GAIT_PHASES) % GAIT_PHASES
    reach = 2 * max(1.0, (lane.right - lane.left - 0.62 * tall) / 2)
    there_and_back = walked % (2 * reach)
    faces_left = there_and_back > reach
    offset = (2 * reach - there_and_back if faces_left else there_and_back) - reach / 2
    sprite = walking(outfit, tall, phase)
    if faces_left:
        sprite = sprite.mirrored()
    middle = (lane.left + lane.right) / 2 + offset
    hidden = lane.left - sprite.width / 2
    _blend(picture, sprite, lane, round(hidden + (middle - hidden) * visitor.share - sprite.width / 2))


def _blend(picture: Image, sprite: Sprite, lane: _Lane, left: int) -> None:
    """Draw the sprite with its feet on the floor of the lane; the pillars hide the parts outside."""
    first, last = max(left, lane.left), min(left + sprite.width, lane.right)
    if first >= last:
        return
    columns = slice(first - left, last - left)
    ground = picture[lane.floor - sprite.height : lane.floor, first:last]
    behind = ground * (255 - sprite.cover[:, columns].astype(np.uint16)) // 255
    ground[:] = behind + sprite.pixels[:, columns]


def _shop(random: Random, lanes: list[_Lane]) -> Image:
    shop = np.empty((HEIGHT, WIDTH, 3), np.uint8)
    wall, floor = _tint(random, 214), _tint(random, 190)
    shop[:_HORIZON] = wall
    for row in range(_HORIZON, HEIGHT):
        shop[row] = np.add(floor, (row - _HORIZON) * 18 // (HEIGHT - _HORIZON))
    _floor_boards(shop, floor)
    for lane in lanes:
        _shelf(shop, lane, random)
    cv2.rectangle(shop, (0, _HORIZON - 6), (WIDTH, _HORIZON), _darker(wall, 14), cv2.FILLED)
    for place in range(PLACES + 1):
        _pillar(shop, round(place * _LANE), wall)
    return cv2.GaussianBlur(shop, (3, 3), 0).astype(np.uint8)


def _floor_boards(shop: Image, floor: Colour) -> None:
    for depth in range(1, 9):
        row = _HORIZON + round((HEIGHT - _HORIZON) * (depth / 9) ** 1.6)
        cv2.line(shop, (0, row), (WIDTH, row), _darker(floor, 6), 1)
    for column in range(-WIDTH, 2 * WIDTH, 122):
        cv2.line(shop, ((column + WIDTH) // 2 - 0, _HORIZON), (column, HEIGHT), _darker(floor, 6), 1)


def _shelf(shop: Image, lane: _Lane, random: Random) -> None:
    """Draw three shelves of goods on the back wall, pale enough that people stand out from them."""
    for board in range(3):
        row = 78 + board * 56
        column = lane.left + 14
        while column < lane.right - 30:
            width, height = random.randrange(10, 22), random.randrange(18, 36)
            ware = tuple(random.randrange(176, 206) for _ in range(3))
            cv2.rectangle(shop, (column, row - height), (column + width, row), ware, cv2.FILLED)
            column += width + random.randrange(1, 5)
        cv2.rectangle(shop, (lane.left + 8, row), (lane.right - 8, row + 4), (176, 180, 184), cv2.FILLED)


def _pillar(shop: Image, middle: int, wall: Colour) -> None:
    left, right = middle - _PILLAR // 2, middle + _PILLAR // 2
    cv2.rectangle(shop, (left, 0), (right, HEIGHT), _darker(wall, 8), cv2.FILLED)
    cv2.line(shop, (right, 0), (right, HEIGHT), _darker(wall, 20), 1)
    cv2.line(shop, (left, 0), (left, HEIGHT), _darker(wall, -10), 1)


def _tint(random: Random, level: int) -> Colour:
    return level + random.randrange(-8, 5), level + random.randrange(-4, 9), level + random.randrange(-2, 13)


def _darker(colour: Colour, by: int) -> Colour:
    return colour[0] - by, colour[1] - by, colour[2] - by
