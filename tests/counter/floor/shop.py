"""A simulated shop floor: cameras under the ceiling, people at known places, and what the cameras count.

The cameras are pinholes, projected by their position and angles: nothing here knows of homographies.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from math import cos, radians, sin

import numpy as np

from counter.analytics.estimation.arrays import Bools, Floats
from counter.floor.feet import foot_sums
from counter.floor.floor_map import FloorMap, floor_map
from counter.floor.mapping import CameraMapping, FourPoints, MappedCamera
from counter.floor.plan import FloorPlan
from counter.history.lines import HistoryLine
from counter.rows.feet import COLUMNS, LOWER_EDGE, ROWS
from ingest.registry.polygons import Point

DAY = date(2026, 3, 2)
PEOPLE = 10
"""People in the whole shop, at any time."""


@dataclass(frozen=True)
class Pinhole:
    """A camera at `at` (metres on the plan) and `height`, that looks `heading` degrees clockwise of the
    plan's right, `down` degrees below the level; `focal` in widths of a picture of 16:9.
    """

    name: str
    at: Point
    heading: float
    down: float = 40.0
    height: float = 3.0
    focal: float = 0.6

    def picture(self, places: Floats) -> Floats:
        """The picture points of places on the floor [..., 2]; NaN behind the camera."""
        turn, tilt = radians(self.heading), radians(self.down)
        forward = np.array([cos(turn) * cos(tilt), sin(turn) * cos(tilt), -sin(tilt)])
        right = np.array([-sin(turn), cos(turn), 0.0])
        below = np.array([-cos(turn) * sin(tilt), -sin(turn) * sin(tilt), -cos(tilt)])
        away = np.concatenate([places - self.at, np.full((*places.shape[:-1], 1), -self.height)], axis=-1)
        depth = away @ forward
        depth = np.where(depth > 0, depth, np.nan)
        x = 0.5 + self.focal * (away @ right) / depth
        y = 0.5 + self.focal * 16 / 9 * (away @ below) / depth
        return np.stack([x, y], axis=-1)

    def visible(self, places: Floats) -> Bools:
        """Which places have their feet in the picture."""
        points = self.picture(places)
        x, y = points[..., 0], points[..., 1]
        found: Bools = (x >= 0) & (x < 1) & (y >= 0) & (y < LOWER_EDGE)
        return found

    def points(self, plan: FloorPlan, corners: Sequence[Point]) -> FourPoints:
        """Clicks without an error on four places on the floor."""
        found = self.picture(np.array(corners, float))
        return FourPoints(
            tuple((float(x), float(y)) for x, y in found),
            tuple((x / plan.width, y / plan.height) for x, y in corners),
        )

    def mapped(self, plan: FloorPlan, corners: Sequence[Point]) -> MappedCamera:
        """The camera, mapped for all time."""
        return MappedCamera(self.name, [CameraMapping(date.min, self.points(plan, corners))])

    def feet(self, places: Floats, seconds: float) -> dict[int, int]:
        """The foot grid of people who share `seconds` evenly among these places.

        Times a million, since a roll-up has whole seconds and these are shares of one.
        """
        points = self.picture(places)[self.visible(places)]
        cells = np.floor(points[:, 1] * ROWS).astype(int) * COLUMNS + np.floor(points[:, 0] * COLUMNS).astype(
            int
        )
        sums = np.bincount(cells, minlength=ROWS * COLUMNS) * (seconds / len(places))
        return {int(cell): round(sums[cell] * 1e6) for cell in np.flatnonzero(sums)}

    def line(self, places: Floats, seconds: int = 900, day: date = DAY, hour: int = 10) -> HistoryLine:
        """The quarter hour of a camera that counts PEOPLE at these places for `seconds`."""
        feet = self.feet(places, PEOPLE * seconds)
        return line(self.name, feet, seconds * 1_000_000, day, hour)


def line(
    camera: str,
    feet: Mapping[int, int] | None,
    counted_seconds: int = 900,
    day: date = DAY,
    hour: int = 10,
    cut_off: int = 0,
) -> HistoryLine:
    """A line of a day file, with `cut_off` person-seconds that have no cell."""
    start = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
    return HistoryLine(
        store="s",
        camera=camera,
        area="a",
        start=start,
        local_start=start,
        counted=3,
        due=3,
        person_seconds=sum((feet or {}).values()) + cut_off,
        counted_seconds=counted_seconds,
        minimum=0,
        maximum=1,
        foot_seconds=feet,
    )


def evenly(plan: FloorPlan, step: float = 0.02, seed: int = 1) -> Floats:
    """Places spread evenly over the floor: one in each square of `step`, at random within it."""
    x, y = np.meshgrid(np.arange(0, plan.width - 1e-9, step), np.arange(0, plan.height - 1e-9, step))
    corners = np.stack([x.ravel(), y.ravel()], axis=-1)
    places: Floats = corners + np.random.default_rng(seed).random(corners.shape) * step
    return places


def around(middle: Point, spread: float, number: int = 20_000, seed: int = 1) -> Floats:
    """Places around a middle, by a normal distribution."""
    places: Floats = np.random.default_rng(seed).normal(middle, spread, (number, 2))
    return places


def inside(camera: Pinhole, plan: FloorPlan, margin: float) -> Bools:
    """Which of the plan's cells the camera sees with the floor `margin` around them, [rows, columns]."""
    steps = np.linspace(-margin, 0.5 + margin, 15)
    rows, columns = plan.shape
    y, x = np.mgrid[:rows, :columns] * 0.5
    around_cell = np.stack(
        [x[..., None, None] + steps[:, None] + 0 * steps, y[..., None, None] + steps + 0 * steps[:, None]],
        axis=-1,
    )
    return np.asarray(camera.visible(around_cell).all(axis=(2, 3)), np.bool_)


def drawn(plan: FloorPlan, cameras: Sequence[MappedCamera], lines: Sequence[HistoryLine]) -> FloorMap:
    """The map of these lines."""
    return floor_map(plan, foot_sums(cameras, lines))
