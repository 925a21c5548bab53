"""One opening span of a shop, and who is there: arrivals, stays, groups, staff. Pure.

Visitors arrive as a Poisson process whose rate follows the time of day, the day, and a drift that nobody can
foresee (a Cox process); their stays are lognormal. So the number of people is that of an M_t/G/inf queue.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zlib import crc32
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from counter.stores.calendar import StoreCalendar
from infra.local.past.shops import Footfall, Shop
from infra.local.past.special_days import day_factor
from ingest.registry.opening_hours import OpeningHours
from ingest.times import EPOCH

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

MINUTE = 60.0
DRIFT_MINUTES = 45.0
"""How long the drift of the arrivals lasts."""
STAY_CV = 1.0
"""Standard deviation of the stays, over their mean."""
STAFF_MINUTES = 20.0
"""How long staff stay in view, and out of view, on average."""


@dataclass(frozen=True)
class Session:
    """One opening span: of the trading day `day`, from `opens` to `closes` (UTC)."""

    day: date
    opens: datetime
    closes: datetime


@dataclass(frozen=True)
class Stays:
    """Stays of people in areas, one entry in each array for each of them; times in seconds since the epoch.

    `area` and `hotspot` are numbers in the shop's list of areas and the area's list of hotspots; staff have
    the hotspot -1. `entered` are the times at which visitors entered the shop.
    """

    arrive: Floats
    leave: Floats
    area: Ints
    hotspot: Ints
    entered: Floats

    @property
    def staff(self) -> npt.NDArray[np.bool_]:
        """Which of them are staff."""
        return self.hotspot < 0


def sessions(hours: OpeningHours, time_zone: str, day: date) -> Iterator[Session]:
    """The opening spans that begin on a local day."""
    for start, end in hours.days[day.weekday()]:
        opens, closes = (_moment(day, minutes, time_zone) for minutes in (start, end))
        yield Session(day, opens, closes)


def sessions_of_day(hours: OpeningHours, calendar: StoreCalendar, day: date) -> Iterator[Session]:
    """The opening spans that touch a calendar day: those that began on the day before, too."""
    start, end = calendar.start_of(day), calendar.end_of(day)
    for begins in (day - timedelta(days=1), day):
        for session in sessions(hours, calendar.zone_of(begins).key, begins):
            if session.opens < end and session.closes > start:
                yield session


def generator(seed: int, name: str, day: date, purpose: str) -> np.random.Generator:
    """Random numbers that depend on nothing else, so that any day can be made alone."""
    return np.random.default_rng([seed, crc32(name.encode()), day.toordinal(), crc32(purpose.encode())])


def stays(shop: Shop, session: Session, last: date, seed: int) -> Stays:
    """Who is there in a session; `last` is the last day of the past, to which the shop grows."""
    random = generator(seed, shop.store.store_id, session.day, f"visits {session.opens:%H%M}")
    footfall, factor = shop.footfall, day_factor(shop.store.country, session.day)
    weeks = (last - session.day).days / 7
    level = footfall.weekdays[session.day.weekday()] * (1 + footfall.growth) ** -weeks * factor
    opens, closes = ((moment - EPOCH).total_seconds() for moment in (session.opens, session.closes))
    entered, length = _visits(footfall, level, opens, closes, random)
    parts = [_visitors(shop, entered, length, random)]
    if factor:
        parts.append(_staff(shop, opens, closes, random))
    arrive, leave, area, hotspot = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    open_then = arrive < closes
    return Stays(
        arrive[open_then],
        np.minimum(leave, closes)[open_then],
        area[open_then],
        hotspot[open_then],
        entered,
    )


def _moment(day: date, minutes: int, time_zone: str) -> datetime:
    """The first moment at which a clock of the zone shows that time; `minutes` may pass midnight."""
    days, minute = divmod(minutes, 24 * 60)
    local = datetime.combine(day + timedelta(days=days), time(minute // 60, minute % 60), ZoneInfo(time_zone))
    return local.astimezone(UTC)


def _visits(
    footfall: Footfall, level: float, opens: float, closes: float, random: np.random.Generator
) -> tuple[Floats, Floats]:
    """When visitors enter, and how long they stay, in seconds; a group enters and stays together."""
    minutes = np.arange(opens, closes, MINUTE)
    into_span = (minutes - opens) / (closes - opens)
    shape = 0.3 + sum(
        (peak.height * np.exp(-(((into_span - peak.at) / peak.width) ** 2)) for peak in footfall.peaks),
        np.zeros_like(into_span),
    )
    rate = footfall.people / footfall.stay / footfall.group * level * shape / shape.mean()
    rate *= random.lognormal(-(footfall.day_spread**2) / 2, footfall.day_spread)
    groups = random.poisson(rate * _drift(len(minutes), footfall.drift_spread, random))
    times = np.repeat(minutes, groups) + random.random(groups.sum()) * MINUTE
    size = random.geometric(1 / footfall.group, len(times))
    sigma = np.sqrt(np.log1p(STAY_CV**2))
    length = random.lognormal(np.log(footfall.stay * MINUTE) - sigma**2 / 2, sigma, len(times))
    return np.repeat(times, size), np.repeat(length, size)


def _drift(minutes: int, spread: float, random: np.random.Generator) -> Floats:
    """A factor for each minute, with the mean 1: its logarithm is an autoregressive process."""
    keep, sigma = np.exp(-1 / DRIFT_MINUTES), np.sqrt(np.log1p(spread**2))
    steps = random.normal(0, sigma * np.sqrt(1 - keep**2), minutes)
    steps[0] = random.normal(0, sigma)
    for minute in range(1, minutes):
        steps[minute] += keep * steps[minute - 1]
    factor: Floats = np.exp(steps - sigma**2 / 2)
    return factor


Columns = tuple[Floats, Floats, Ints, Ints]
"""Arrive, leave, area and hotspot of each stay."""


def _visitors(shop: Shop, entered: Floats, length: Floats, random: np.random.Generator) -> Columns:
    """Each visit, area after area."""
    shares = np.array([area.share for area in shop.areas])
    bounds = np.concatenate([[0.0], np.cumsum(shares / shares.sum())])
    arrive = entered + length * bounds[:-1, None]
    leave = entered + length * bounds[1:, None]
    area = np.repeat(np.arange(len(shop.areas)), len(entered))
    hotspot = np.concatenate(
        [
            random.choice(
                len(each.hotspots), len(entered), p=_weights([spot.weight for spot in each.hotspots])
            )
            for each in shop.areas
        ]
    )
    return arrive.ravel(), leave.ravel(), area, hotspot


def _weights(values: list[float]) -> Floats:
    weights: Floats = np.array(values) / sum(values)
    return weights


def _staff(shop: Shop, opens: float, closes: float, random: np.random.Generator) -> Columns:
    """Staff walk into view and out of it, in the staffed areas."""
    areas = [number for number, area in enumerate(shop.areas) if area.staffed]
    entries = int((closes - opens) / (STAFF_MINUTES * MINUTE)) + 1
    people = shop.footfall.staff * len(areas)
    waits = random.exponential(STAFF_MINUTES * MINUTE, (people, 2 * entries))
    times = opens + np.cumsum(waits, axis=1)
    return (
        times[:, 0::2].ravel(),
        times[:, 1::2].ravel(),
        np.repeat(np.array(areas, dtype=np.int64), shop.footfall.staff * entries),
        np.full(people * entries, -1),
    )
