"""What a detector finds on a camera's frames: boxes and confidences of the people in view. Pure."""

from dataclasses import dataclass

import numpy as np

from counter.rows.occupancy import Box, Person
from infra.local.past.sessions import Floats, Ints, Stays
from infra.local.past.shops import STAFF_SPOT, CameraView, Shop
from ingest.registry.camera import MIN_CONFIDENCE_RANGE

HORIZON = 0.25
"""Where the far end of the floor lies in the picture, from above."""
NEAR_END = 1.06
"""The near end: below the lower edge, so people who are very near have no feet."""
FALSE_PEOPLE = 0.04
"""Things that look like people, such as a mannequin, on each frame, on average."""


@dataclass(frozen=True)
class Positions:
    """Who stands where in an area: for each person in view the number of the instant, and x and y, 0..1."""

    instant: Ints
    x: Floats
    y: Floats


def positions(
    shop: Shop, area: int, present: Stays, instants: Floats, random: np.random.Generator
) -> Positions:
    """Where the people of an area stand at each instant (seconds since the epoch), for all its cameras."""
    here = np.flatnonzero(present.area == area)
    there = (present.arrive[here] <= instants[:, None]) & (instants[:, None] < present.leave[here])
    instant, stay = np.nonzero(there)
    # Index -1 is the last entry: the staff's.
    spots = [*shop.areas[area].hotspots, STAFF_SPOT]
    centre = np.array([(spot.x, spot.y, spot.spread) for spot in spots])[present.hotspot[here[stay]]]
    place = random.normal(centre[:, :2], centre[:, 2:])
    place = np.clip(place, 0.0, 0.999)
    return Positions(instant, place[:, 0], place[:, 1])


def detected(
    view: CameraView, where: Positions, instants: int, random: np.random.Generator
) -> list[tuple[Person, ...]]:
    """The people that the detector finds on the frame of each instant, the surest first."""
    across = (where.x - view.left) / (view.right - view.left)
    seen = (across >= 0) & (across < 1)
    near = where.y
    if view.turned:
        across, near = 1 - across, 1 - near
    found = seen & (random.random(len(near)) >= view.miss + 0.08 * (1 - near))
    confidence = 99.9 - random.exponential(0.5 + 2.0 * (1 - near))
    people: list[list[Person]] = [[] for _ in range(instants)]
    for number, x, y, sure in zip(
        where.instant[found].tolist(),
        across[found].tolist(),
        near[found].tolist(),
        confidence[found].tolist(),
        strict=True,
    ):
        if sure >= MIN_CONFIDENCE_RANGE[0]:
            people[number].append(Person(round(sure, 3), _box(x, y)))
    for number in np.flatnonzero(random.random(instants) < FALSE_PEOPLE).tolist():
        people[number].append(Person(round(random.uniform(50, 97), 3), _box(0.12, 0.08)))
    return [tuple(sorted(found, key=lambda person: -person.confidence)) for found in people]


def _box(across: float, near: float) -> Box:
    """The box of a person in perspective: who is far away is smaller, higher up and nearer to the middle."""
    foot = HORIZON + (NEAR_END - HORIZON) * near**1.5
    height = 0.14 + 0.5 * near
    width = 0.36 * height
    middle = 0.5 + (across - 0.5) * (0.5 + 0.5 * near)
    top = foot - height
    left, right = max(0.0, middle - width / 2), min(1.0, middle + width / 2)
    return Box(round(left, 5), round(top, 5), round(right - left, 5), round(min(foot, 1.0) - top, 5))
