"""A day with missing quarter hours: filled, and the same quarter hours hidden and filled on past days.
Pure.
"""

from dataclasses import dataclass

import numpy as np

from counter.analytics.estimation.arrays import Bools, Floats, Ints
from counter.analytics.estimation.filling import fill, variation, weights
from counter.analytics.estimation.usual import usual

LEVEL_RANGE = (0.25, 4.0)


@dataclass(frozen=True)
class CameraDay:
    """A camera's day and its past days: [slots] and [days, slots]; `area` groups cameras that see the same
    floor.

    `today` is NaN where it is to be filled (`hidden`) and where nothing was due. `past` is NaN where a camera
    without hidden slots has no count; one with hidden slots has none missing.
    """

    area: int
    today: Floats
    hidden: Bools
    past: Floats


@dataclass(frozen=True)
class Replay:
    """What stands in for each camera's day, [cameras, slots], and how wrong that was on past days, [days,
    slots].

    `errors` are people: filled less counted, of all areas together, scaled to today's level.
    """

    filled: Floats
    errors: Floats


def replay(cameras: list[CameraDay], weekdays: Ints, weekday: int) -> Replay:
    """Fill a day, and replay its gaps on the past days. `weekdays` are those of the past days.

    Errors are those of the areas' sums of the greatest of their cameras, never of a camera alone: where
    another camera sees the same floor, a dark one costs little.
    """
    filled = [camera.today for camera in cameras]
    again = [camera.past for camera in cameras]
    for place, camera in enumerate(cameras):
        if camera.hidden.any():
            filled[place], again[place] = _filled(camera, weekdays, weekday)
    areas = np.array([camera.area for camera in cameras])
    counted = joined(np.stack([camera.past for camera in cameras]), areas)
    today = joined(np.stack(filled), areas)
    errors = joined(np.stack(again), areas) - counted
    level = today.sum() / np.maximum(counted.sum(axis=1), 1e-9)
    level = np.clip(level, *LEVEL_RANGE)
    # An error by chance grows with the root of the level, an error of the shape with the level itself.
    return Replay(np.stack(filled), errors * np.sqrt((level + level**2) / 2)[:, None])


def joined(means: Floats, areas: Ints) -> Floats:
    """The sum over areas of the greatest of their cameras, the first axis; NaN is a camera that was not
    there.
    """
    present = np.where(np.isnan(means), 0.0, means)
    total = np.zeros(means.shape[1:])
    for area in np.unique(areas):
        total += present[areas == area].max(axis=0)
    return total


def _filled(camera: CameraDay, weekdays: Ints, weekday: int) -> tuple[Floats, Floats]:
    """The camera's day and its past days with the hidden slots filled."""
    due = camera.hidden | ~np.isnan(camera.today)
    hidden, past = camera.hidden[due], camera.past[:, due]
    found = usual(past, weekdays, weekday)
    moved = weights(found.expected, hidden, variation(past, found.without))
    today, again = camera.today.copy(), camera.past.copy()
    today[due] = fill(camera.today[due], found.expected, hidden, moved)
    again[:, due] = fill(past, found.without, hidden, moved)
    # Where the camera is not due today, it is not there on past days either.
    again[:, ~due] = np.nan
    return today, again
