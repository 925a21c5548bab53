"""Who is in view when: the truth of the simulated store, known to it alone. Pure.

Time is cut into rounds of ten steps of 3 s; at most one visitor comes or goes at each. A round begins with an
empty view and shows 0, 1, 2 and 3 visitors at least, so any minute does. Visitors come and go in the middle
of a second, within a fifth of it, so that at whole seconds (the keyframes) all are in full view or gone.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import floor
from random import Random

PLACES = 4
"""How many visitors there is room for, side by side."""
STEP = 3.0
STEPS = 10
ROUND = STEP * STEPS
MOVE_FROM, MOVE_UNTIL = 0.4, 0.6
"""Seconds after a step's beginning in which somebody comes or goes."""

Occupied = tuple[int | None, ...]
"""For each place who stands there: a number to choose clothes and gait by, or None."""


@dataclass(frozen=True)
class Visitor:
    """Somebody in view: where, who, and how much of them (1 is all) at one moment."""

    place: int
    who: int
    share: float


@dataclass(frozen=True)
class Plan:
    """The visits to one camera's view, without end: the same for the same name and seed."""

    name: str
    seed: int

    @property
    def _shift(self) -> int:
        return Random(f"{self.name}/{self.seed}").randrange(int(ROUND))

    def visitors(self, time: float) -> list[Visitor]:
        """Who is in view, wholly or partly, at `time` (seconds since the epoch)."""
        step, into = divmod(time + self._shift, STEP)
        before, after = self._places(floor(step) - 1), self._places(floor(step))
        share = min(1.0, max(0.0, (into - MOVE_FROM) / (MOVE_UNTIL - MOVE_FROM)))
        return [visitor for place in range(PLACES) for visitor in _moving(place, before, after, share)]

    def truth(self, time: float) -> int:
        """How many are in full view at `time` (seconds since the epoch)."""
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
        most = min(PLACES, STEPS - len(counts))  # all must have left when the next round begins
        counts.append(min(most, max(0, counts[-1] + random.choice((-1, 0, 1, 1)))))
    return counts


def _seated(counts: list[int], random: Random) -> list[Occupied]:
    places: list[int | None] = [None] * PLACES
    seated = []
    for count in counts:
        present = PLACES - places.count(None)
        if count > present:
            places[random.choice([i for i, who in enumerate(places) if who is None])] = random.randrange(
                1 << 30
            )
        elif count < present:
            places[random.choice([i for i, who in enumerate(places) if who is not None])] = None
        seated.append(tuple(places))
    return seated
