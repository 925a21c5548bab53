"""The bill of a stack whose cameras differ, and the share of each. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

from infra.capacity.rates import images_wanted, rate_for
from infra.cost.counts import Counts
from infra.cost.fleet import Fleet
from infra.cost.model import BillLine, priced, quantities
from infra.cost.prices import Prices

Units = Mapping[str, float]
"""What is used in a month, by the name of its price."""


@dataclass(frozen=True)
class Share:
    """What one camera uses of each price, and what it pays: USD a month by the name of the price."""

    units: Units
    usd: Mapping[str, float]

    @property
    def total(self) -> float:
        """USD a month."""
        return sum(self.usd.values())


@dataclass(frozen=True)
class StackBill:
    """A month of a stack: `lines` of everything, `cameras` with the share of each, `stack` with the rest.

    The rest is what the stack costs without a camera. A price with tiers is that of all units: each camera
    pays the same for an image.
    """

    lines: list[BillLine]
    cameras: Mapping[str, Share]
    stack: Share

    @property
    def total(self) -> float:
        """USD a month."""
        return sum(line.usd for line in self.lines)


def stack_bill(fleets: Mapping[str, Fleet], assumed: Fleet, prices: Prices, counts: Counts) -> StackBill:
    """The bill of cameras by ID, each a fleet of one.

    A camera uses what one of as many cameras of its kind uses: batches are as full as if all were like it.
    The rate of the stack is that which all cameras need together.
    """
    number = len(fleets)
    needed = images_wanted(sum(fleet.images_per_second for fleet in fleets.values()))
    rate = rate_for(max(assumed.detect_labels_per_second, needed))
    stack = quantities(replace(assumed, cameras=0), counts, rate)

    @cache
    def own(fleet: Fleet) -> Units:
        used = quantities(replace(fleet, cameras=number), counts, rate)
        return {name: (used[name] - stack[name]) / number for name in used}

    units = {camera_id: own(fleet) for camera_id, fleet in fleets.items()}
    lines = priced(
        {name: used + sum(each[name] for each in units.values()) for name, used in stack.items()}, prices
    )
    average = {line.name: line.usd / line.units if line.units else 0.0 for line in lines}

    def share(used: Units) -> Share:
        return Share(used, {name: amount * average[name] for name, amount in used.items()})

    return StackBill(lines, {camera_id: share(used) for camera_id, used in units.items()}, share(stack))
