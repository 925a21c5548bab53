"""From a camera's picture to the floor and back, by four points that are known on both. Pure.

A flat floor and a picture without distortion are a homography apart: eight numbers, from eight linear
equations (R. Hartley and A. Zisserman, Multiple View Geometry in Computer Vision, 2nd ed., section 4.1).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import dist

import numpy as np

from counter.analytics.estimation.arrays import Floats
from ingest.errors import OccupancyError
from ingest.registry.polygons import Point, area

FLAT = 0.02
"""The height of a triangle, as a share of its longest side, below which it is a line."""


class UnusablePoints(OccupancyError, ValueError):
    """Points that give no homography; its text is one sentence that says what to do."""


@dataclass(frozen=True)
class Homography:
    """`matrix` (3 x 3) takes a point of the picture, 0..1, to the floor in metres.

    The third of its coordinates is positive before the camera, 0 on the horizon, negative behind it.
    """

    matrix: Floats

    @classmethod
    def of_points(cls, picture: Sequence[Point], floor: Sequence[Point]) -> "Homography":
        """The homography that takes four points of the picture (0..1) to four on the floor (metres).

        Raises UnusablePoints: three points on a line, points outside the picture, or an order that no camera
        above the floor can see.
        """
        if not len(picture) == len(floor) == 4:
            raise UnusablePoints(
                f"{len(picture)} points in the picture and {len(floor)} on the plan: give four of each"
            )
        check_inside(picture, "the picture")
        _check_spread(picture, "the picture")
        _check_spread(floor, "the plan")
        matrix = _solved(np.array(picture, float), np.array(floor, float))
        # Seen from above, whatever is clockwise on the plan is clockwise in the picture.
        if matrix is None or np.linalg.det(matrix) <= 0 or _depths(matrix, picture).min() <= 0:
            raise UnusablePoints(
                "no camera sees the four points of the plan in this order: give them in the same order in the"
                " picture and on the plan"
            )
        return cls(matrix)

    def to_floor(self, points: Floats) -> tuple[Floats, Floats]:
        """The places in metres of picture points [..., 2], and their third coordinates [...].

        Where the third coordinate is not positive, the place means nothing.
        """
        depth = points @ self.matrix[2, :2] + self.matrix[2, 2]
        safe = np.where(np.abs(depth) < 1e-12, 1e-12, depth)
        return (points @ self.matrix[:2, :2].T + self.matrix[:2, 2]) / safe[..., None], depth

    def to_picture(self, places: Floats) -> Floats:
        """The picture points of places [..., 2]: NaN for those behind the camera."""
        inverse = np.linalg.inv(self.matrix)
        scale = places @ inverse[2, :2] + inverse[2, 2]
        points = (places @ inverse[:2, :2].T + inverse[:2, 2]) / np.where(scale == 0, np.nan, scale)[
            ..., None
        ]
        visible: Floats = np.where((self.to_floor(points)[1] > 0)[..., None], points, np.nan)
        return visible


def check_inside(points: Sequence[Point], where: str) -> None:
    """Raises UnusablePoints if a point is not within 0..1."""
    for number, (x, y) in enumerate(points, 1):
        if not (0 <= x <= 1 and 0 <= y <= 1):
            raise UnusablePoints(
                f"point {number} is at ({x:g}, {y:g}), outside {where}: give numbers from 0 to 1"
            )


def _check_spread(points: Sequence[Point], where: str) -> None:
    flat = [numbers for numbers in combinations(range(4), 3) if _flat([points[n] for n in numbers])]
    if len(flat) == 4:
        raise UnusablePoints(
            f"the four points lie on a line in {where}: give the corners of an area on the floor"
        )
    if flat:
        first, second, third = (number + 1 for number in flat[0])
        raise UnusablePoints(
            f"the points {first}, {second} and {third} lie on a line in {where}: give four points of which no"
            " three do, such as the corners of an area on the floor"
        )


def _flat(triangle: Sequence[Point]) -> bool:
    # A click's error would turn such a triangle over.
    longest = max(dist(start, end) for start, end in combinations(triangle, 2))
    # Written so that points that are all the same, or no numbers, are flat too.
    return not 2 * abs(area(tuple(triangle))) > FLAT * longest**2


def _solved(picture: Floats, floor: Floats) -> Floats | None:
    """The matrix with a third coordinate of 1 in the middle of the points; None if there is none.

    The middle lies before the camera as soon as all four points do, so the 1 is no loss. Both sides are moved
    to their middles and scaled, so that the equations are well conditioned.
    """
    centre, middle = picture.mean(axis=0), floor.mean(axis=0)
    size = np.abs(floor - middle).max()
    rows, values = [], []
    for (x, y), (u, v) in zip(picture - centre, (floor - middle) / size, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    try:
        numbers = np.linalg.solve(np.array(rows), np.array(values))
    except np.linalg.LinAlgError:
        return None
    moved = np.array([[1, 0, -centre[0]], [0, 1, -centre[1]], [0, 0, 1]])
    back = np.array([[size, 0, middle[0]], [0, size, middle[1]], [0, 0, 1]])
    matrix: Floats = back @ np.append(numbers, 1.0).reshape(3, 3) @ moved
    return matrix


def _depths(matrix: Floats, points: Sequence[Point]) -> Floats:
    depths: Floats = np.array(points, float) @ matrix[2, :2] + matrix[2, 2]
    return depths
