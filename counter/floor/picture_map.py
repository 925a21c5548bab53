"""A camera's heat map in its own picture. Pure.

Far cells of the picture hold more floor than near ones, so they look hotter: compare a cell with itself at
another time, not with its neighbours.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np

from counter.analytics.estimation.arrays import Floats
from counter.floor.feet import FootSums
from counter.floor.floor_map import PER_HOUR
from counter.floor.view import watched_shares
from counter.rows.feet import COLUMNS, ROWS


@dataclass(frozen=True)
class PictureMap:
    """Person-minutes per cell of the picture and counted hour: `minutes` is [ROWS, COLUMNS].

    NaN where people are ignored, and everywhere if nothing was counted. `since` is the day of the mapping it
    belongs to: when a camera was moved, its picture is another one.
    """

    camera: str
    since: date | None
    minutes: Floats
    counted_hours: float


def picture_map(sums: FootSums) -> PictureMap:
    """The map of a camera's sums."""
    watched = watched_shares(sums.camera.ignore).reshape(ROWS, COLUMNS) > 0
    seconds = np.where(watched, sums.feet.reshape(ROWS, COLUMNS), np.nan)
    hours = sums.counted_seconds / 3600
    minutes = seconds / sums.counted_seconds * PER_HOUR if hours else np.full((ROWS, COLUMNS), np.nan)
    since = sums.mapping.since if sums.mapping else None
    return PictureMap(sums.camera.camera, since, minutes, hours)
