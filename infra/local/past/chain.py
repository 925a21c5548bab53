"""The three simulated shops: one east of UTC, one west of it, and a bar that is open past midnight. Pure.

`wide_shop` is one shop with any number of cameras, for benchmarks.
"""

from datetime import date, time

from counter.stores.store import Store
from infra.local.past.cameras import Site
from infra.local.past.shops import CameraView, FloorArea, Footfall, Hotspot, Peak, Shop
from ingest.registry.camera import Source
from ingest.registry.opening_hours import parse
from ingest.registry.sampling import DEFAULT_SAMPLE_EVERY, Sampling

_DOOR = (Hotspot(0.5, 0.45, 0.15),)
_SHELVES = (
    Hotspot(0.2, 0.55, 0.07, 3.0),
    Hotspot(0.45, 0.75, 0.09, 2.0),
    Hotspot(0.7, 0.6, 0.06, 2.0),
    Hotspot(0.55, 0.5, 0.25, 2.0),
)
_TILL = (Hotspot(0.6, 0.62, 0.05, 3.0), Hotspot(0.5, 0.82, 0.1, 1.0))
_TABLES = tuple(Hotspot(x, y, 0.04) for x in (0.2, 0.5, 0.8) for y in (0.55, 0.8))


def chain(first: date) -> tuple[Shop, Shop, Shop]:
    """The shops, with cameras that are counted from the day `first` on."""
    return _berlin(first), _chicago(first), _madrid(first)


def _berlin(first: date) -> Shop:
    store = Store(
        "berlin",
        "Europe/Berlin",
        name="Berlin, Torstrasse",
        country="DE",
        region="DE-BE",
        currency="EUR",
        language="de",
    )
    site = Site(store, _sampling(store, "mon-fri 09:00-20:00; sat 10:00-20:00"), first)
    return Shop(
        store,
        Footfall(
            people=18,
            stay=14,
            peaks=(Peak(0.3, 0.12, 0.7), Peak(0.78, 0.14, 1.4)),
            weekdays=(0.8, 0.8, 0.9, 1.0, 1.2, 1.6, 0.0),
        ),
        (
            FloorArea("entrance", 0.08, _DOOR),
            FloorArea("sales-floor", 0.75, _SHELVES),
            FloorArea("checkout", 0.17, _TILL, staffed=True),
        ),
        (
            CameraView(site.plain("berlin-entrance", "entrance")),
            CameraView(site.floor("berlin-floor-north", "sales-floor"), right=0.85),
            CameraView(site.floor("berlin-floor-south", "sales-floor"), left=0.1, turned=True),
            CameraView(site.till("berlin-checkout", "checkout")),
        ),
    )


def _chicago(first: date) -> Shop:
    store = Store(
        "chicago",
        "America/Chicago",
        name="Chicago, The Loop",
        country="US",
        region="US-IL",
        currency="USD",
        language="en",
    )
    site = Site(store, _sampling(store, "mon-sat 10:00-21:00; sun 11:00-18:00"), first)
    return Shop(
        store,
        Footfall(
            people=9,
            stay=9,
            peaks=(Peak(0.2, 0.1, 1.5), Peak(0.65, 0.15, 0.9)),
            weekdays=(1.0, 1.0, 1.0, 1.1, 1.3, 1.2, 0.7),
            growth=0.01,
            staff=1,
        ),
        (FloorArea("sales-floor", 0.8, _SHELVES), FloorArea("checkout", 0.2, _TILL, staffed=True)),
        (
            CameraView(site.floor("chicago-floor", "sales-floor"), right=0.9),
            CameraView(site.floor("chicago-window", "sales-floor", Source.PUSH), left=0.35, turned=True),
            CameraView(site.till("chicago-checkout", "checkout")),
        ),
    )


def _madrid(first: date) -> Shop:
    store = Store(
        "madrid",
        "Europe/Madrid",
        name="Madrid, Bar Lavapies",
        day_starts=time(6),
        country="ES",
        region="ES-MD",
        currency="EUR",
        language="es",
    )
    site = Site(store, _sampling(store, "sun-thu 18:00-01:00; fri-sat 18:00-03:30"), first)
    return Shop(
        store,
        Footfall(
            people=24,
            stay=55,
            peaks=(Peak(0.5, 0.2, 1.5),),
            weekdays=(0.5, 0.6, 0.7, 0.9, 1.5, 1.7, 0.8),
            group=2.4,
            growth=0.0,
        ),
        (FloorArea("bar", 0.4, _TILL, staffed=True), FloorArea("tables", 0.6, _TABLES)),
        (
            CameraView(site.till("madrid-bar", "bar")),
            CameraView(site.plain("madrid-tables", "tables", Source.PUSH)),
        ),
    )


def wide_shop(cameras: int, first: date, sample_every: int = DEFAULT_SAMPLE_EVERY) -> Shop:
    """A shop with two cameras in each area, open 12 hours on each day of the week."""
    store = Store("wide", "Europe/Berlin", name="Many cameras", country="DE")
    site = Site(store, Sampling(sample_every, store.time_zone, parse("mon-sun 08:00-20:00")), first)
    areas = [f"floor-{number + 1}" for number in range((cameras + 1) // 2)]
    return Shop(
        store,
        Footfall(4.0 * len(areas), 12, (Peak(0.7, 0.2, 1.5),), (1.0, 1.0, 1.0, 1.1, 1.3, 1.5, 0.8)),
        [FloorArea(area, 1 / len(areas), _SHELVES) for area in areas],
        [
            CameraView(
                site.floor(f"wide-{number + 1}", areas[number // 2]),
                left=0.1 * (number % 2),
                turned=bool(number % 2),
            )
            for number in range(cameras)
        ],
    )


def _sampling(store: Store, hours: str) -> Sampling:
    return Sampling(DEFAULT_SAMPLE_EVERY, store.time_zone, parse(hours))
