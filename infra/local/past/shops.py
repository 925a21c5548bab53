"""What a simulated shop is: its footfall, the floor of its areas, and its cameras. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from counter.stores.store import Store
from ingest.registry.camera import Camera


@dataclass(frozen=True)
class Peak:
    """A busy time: where in the opening span (0..1), how wide, and how much higher than the quiet rate."""

    at: float
    width: float
    height: float


@dataclass(frozen=True)
class Footfall:
    """How many visitors a shop has.

    `people` is the mean number in the shop on a usual day, `stay` their mean stay in minutes, `group` the
    mean size of a group. `weekdays` are factors, Monday first. `growth` is the share by which footfall grows
    each week; `people` is the level of the last week. `staff` walk in and out of the cameras' views.
    """

    people: float
    stay: float
    peaks: Sequence[Peak]
    weekdays: Sequence[float]
    group: float = 1.5
    staff: int = 2
    growth: float = 0.005
    day_spread: float = 0.15
    drift_spread: float = 0.25


@dataclass(frozen=True)
class Hotspot:
    """Where visitors like to stand: a place on an area's floor, each side 0..1, and how far around it."""

    x: float
    y: float
    spread: float
    weight: float = 1.0


@dataclass(frozen=True)
class FloorArea:
    """An area of the shop; `share` is the part of their stay that visitors spend there, in this order."""

    name: str
    share: float
    hotspots: Sequence[Hotspot]
    staffed: bool = False
    """Whether the staff stand here, at STAFF_SPOT."""


STAFF_SPOT = Hotspot(0.9, 0.3, 0.025)
"""Behind the till."""


@dataclass(frozen=True)
class CameraView:
    """A registered camera, and the part of its area's floor that it sees: [left, right) of 0..1.

    `turned` is a camera on the opposite wall: what is near to others is far from it. It misses the share
    `miss` of the people near to it, and more of those far away.
    """

    camera: Camera
    left: float = 0.0
    right: float = 1.0
    turned: bool = False
    miss: float = 0.04


@dataclass(frozen=True)
class Shop:
    """A simulated shop. All its cameras have the same opening hours."""

    store: Store
    footfall: Footfall
    areas: Sequence[FloorArea]
    views: Sequence[CameraView]
