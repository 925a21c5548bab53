"""The truth behind a simulated day: what the figures should have been. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from infra.local.past.sessions import Floats, Stays
from infra.local.past.shops import Shop
from ingest.times import EPOCH, QUARTER_HOUR, to_text

QUARTER_SECONDS = QUARTER_HOUR.total_seconds()


@dataclass(frozen=True)
class QuarterTruth:
    """A quarter hour of a shop: the mean number of people in each area, exactly, and who entered.

    `people` are visitors and staff, `staff` the staff among them, also on average over the quarter hour.
    """

    store: str
    start: datetime
    people: dict[str, float]
    staff: float
    entered: int

    def values(self) -> dict[str, Any]:
        """As a JSON file has it; `people` of the store are those of all areas."""
        return {
            "store": self.store,
            "start": to_text(self.start),
            "people": round(sum(self.people.values()), 3),
            "areas": {name: round(mean, 3) for name, mean in self.people.items()},
            "staff": round(self.staff, 3),
            "entered": self.entered,
        }


def truth(shop: Shop, present: Stays, quarters: Sequence[datetime]) -> Iterator[QuarterTruth]:
    """The truth of quarter hours, given by their starts."""
    starts = np.array([(quarter - EPOCH).total_seconds() for quarter in quarters])
    seconds = _seconds(present, starts)
    entered = [
        int(((present.entered >= start) & (present.entered < start + QUARTER_SECONDS)).sum())
        for start in starts
    ]
    areas = [present.area == number for number in range(len(shop.areas))]
    for number, quarter in enumerate(quarters):
        means = seconds[number] / QUARTER_SECONDS
        people = {area.name: float(means[here].sum()) for area, here in zip(shop.areas, areas, strict=True)}
        yield QuarterTruth(
            shop.store.store_id, quarter, people, float(means[present.staff].sum()), entered[number]
        )


def truth_document(quarters: Iterable[QuarterTruth]) -> dict[str, Any]:
    """The JSON file."""
    return {"quarters": [quarter.values() for quarter in quarters]}


def _seconds(present: Stays, starts: Floats) -> Floats:
    """Quarter hours x stays: how long each stay lies in each quarter hour."""
    first = np.maximum(present.arrive, starts[:, None])
    until = np.minimum(present.leave, starts[:, None] + QUARTER_SECONDS)
    overlap: Floats = np.clip(until - first, 0.0, None)
    return overlap
