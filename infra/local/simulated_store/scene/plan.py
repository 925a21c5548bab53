"""Plans who is in view at what time: the truth of the simulated store. Pure.

Time is divided into rounds of ten steps of 3 s. In each step at most one visitor comes or goes. A round
begins with an empty scene and shows at least 0, 1, 2 and 3 visitors, so every minute does. Visitors come and
go within 0.2 s in the middle of a second, so at whole seconds (the keyframes) each is in full view or gone.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import floor
from random import Random

PLACES = 4
"""The maximum number of visitors, side by side."""
STEP = 3.0
STEPS = 10
ROUND = STEP * STEPS
MOVE_FROM, MOVE_UNTIL = 0.4, 0.6
"""Seconds after the start of a step between which a visitor comes or goes."""

Occupied = tuple[int | None, ...]
"""For each place the figure there, a number that determines clothes and gait, or None."""


@dataclass(frozen=True)
class Visitor:
    """A visitor in view: their place, the number of their figure, their visible share (1 is full view)."""

    place: int
    figure: int
    share: float


@dataclass(frozen=True)
class Plan:
    """The infinite visits to the scene of a camera: the same for the same name and seed."""

    name: str
    seed: int

    @property
    def _shift(self) -> int:
        return Random(f"{self.name}/{self.seed}").randrange(int(ROUND))

    def visitors(self, time: float) -> list[Visitor]:
        """The visitors in full or partial view at `time` (seconds since the epoch)."""
        step, into = divmod(time + self._shift, STEP)
        before, after = self._places(floor(step) - 1), self._places(floor(step))
        share = min(1.0, max(0.0, (into - MOVE_FROM) / (MOVE_UNTIL - MOVE_FROM)))
        return [visitor for place in range(PLACES) for visitor in _moving(place, before, after, share)]

    def truth(self, time: float) -> int:
        """The number of visitors in full view at `time` (seconds since the epoch)."""
        return sum(visitor.share == 1.0 for visitor in self.visitors(time))

    def _places(self, step: int) -> Occupied:
        number, index = divmod(step, STEPS)
        return _round(self.name, self.seed, number)[index]


def _moving(place: int, before: Occupied, after: Occupied, share: float) -> list[Visitor]:
    old, new = before[place], after[place]
    if old is not None and old == new:
        return [Visitor(place, old, 1.0)]
    leaving = [] if old is None or share == 1.0 else [Visitor(place, old, 1.0 - share)]
    return leaving + ([] if new is None or share == 0.0 else [Visitor(place, new, share)])


@lru_cache(maxsize=64)
def _round(name: str, seed: int, number: int) -> tuple[Occupied, ...]:
    random = Random(f"{name}/{seed}/{number}")
    while True:
        counts = _walk(random)
        if {0, 1, 2, 3} <= set(counts):
            return tuple(_seated(counts, random))


def _walk(random: Random) -> list[int]:
    counts = [0]
    while len(counts) < STEPS:
        most = min(PLACES, STEPS - len(counts))  # everyone must have left when the next round begins
        counts.append(min(most, max(0, counts[-1] + random.choice((-1, 0, 1, 1)))))
    return counts


def _seated(counts: list[int], random: Random) -> list[Occupied]:
    places: list[int | None] = [None] * PLACES
    seated = []
    for count in counts:
        present = PLACES - places.count(None)
        if count > present:
            places[random.choice([i for i, figure in enumerate(places) if figure is None])] = (
                random.randrange(1 << 30)
            )
        elif count < present:
            places[random.choice([i for i, figure in enumerate(places) if figure is not None])] = None
        seated.append(tuple(places))
    return seated
