"""What another setting of the cameras would cost, and what it would save. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from infra.cost.counts import Counts
from infra.cost.fleet import Delivery, Fleet
from infra.cost.prices import Prices
from infra.cost.shares import StackBill, stack_bill
from ingest.registry.sampling import SAMPLE_EVERY_RANGE

INTERVALS = (10, 30, 60, 120, 300, 600, SAMPLE_EVERY_RANGE[-1])
"""Seconds between two frames that are compared."""

Fleets = Mapping[str, Fleet]


@dataclass(frozen=True)
class Bills:
    """Computes the bill of any cameras of the same stack."""

    assumed: Fleet
    prices: Prices
    counts: Counts

    def of(self, fleets: Fleets) -> StackBill:
        """The bill of cameras by ID."""
        return stack_bill(fleets, self.assumed, self.prices, self.counts)


@dataclass(frozen=True)
class Saving:
    """A change that makes the bill smaller: of how many cameras, and by how much in USD a month."""

    change: str
    cameras: int
    usd: float


@dataclass(frozen=True)
class IntervalCost:
    """All cameras with the same time between two frames; `usd` is the whole bill of a month."""

    sample_every: int
    images: float
    usd: float


def savings(fleets: Fleets, bills: Bills) -> list[Saving]:
    """What each change alone saves; changes that no camera can make, or that save nothing, are left out."""
    now = bills.of(fleets).total
    found = []
    for change, changed in _CHANGES.items():
        after = {camera_id: changed(fleet) for camera_id, fleet in fleets.items()}
        number = sum(after[camera_id] != fleet for camera_id, fleet in fleets.items())
        saved = now - bills.of(after).total if number else 0.0
        if saved > 0:
            found.append(Saving(change, number, saved))
    return found


def interval_costs(fleets: Fleets, bills: Bills) -> list[IntervalCost]:
    """The whole bill for each of INTERVALS."""
    costs = []
    for every in INTERVALS:
        bill = bills.of(
            {camera_id: replace(fleet, sample_every=every) for camera_id, fleet in fleets.items()}
        )
        costs.append(IntervalCost(every, bill.lines[0].units, bill.total))
    return costs


def _keyframes(fleet: Fleet) -> Fleet:
    return replace(fleet, keyframes=True) if fleet.delivery is Delivery.KVS else fleet


def _only_open(fleet: Fleet) -> Fleet:
    return replace(fleet, only_open=True) if fleet.delivery is Delivery.KVS and fleet.hours < 24 else fleet


def _half_of_the_day(fleet: Fleet) -> Fleet:
    return replace(fleet, hours=12) if fleet.hours == 24 else fleet


def _an_hour_less(fleet: Fleet) -> Fleet:
    return replace(fleet, hours=fleet.hours - 1) if 1 < fleet.hours < 24 else fleet


def _twice_the_interval(fleet: Fleet) -> Fleet:
    slower = min(2 * fleet.sample_every, SAMPLE_EVERY_RANGE[-1])
    return replace(fleet, sample_every=slower) if fleet.hours else fleet


def _edge(fleet: Fleet) -> Fleet:
    return replace(fleet, delivery=Delivery.EDGE) if fleet.hours else fleet


_CHANGES: Mapping[str, Callable[[Fleet], Fleet]] = {
    "the gateway sends keyframes only (`send: keyframes`)": _keyframes,
    "the gateway sends in opening hours only (`only_open`)": _only_open,
    "12 opening hours a day instead of 24 (`--hours`)": _half_of_the_day,
    "an opening hour a day less (`--hours`)": _an_hour_less,
    "twice the time between two frames (`--every`)": _twice_the_interval,
    "the gateway counts itself (`edge`, not in this version yet)": _edge,
}
