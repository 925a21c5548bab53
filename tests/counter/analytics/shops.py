"""Simulated shops whose true number of people is known at every moment, for tests and benchmarks of
analytics.

People arrive at random (M_t/G/inf): the rate follows the usual day, times a factor for the day, times a
factor that drifts within the day. They come alone or in groups and stay for lognormal times. A camera counts
them at instants.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from math import erf
from typing import Any

import numpy as np

from counter.analytics.columns import Columns, Histograms
from counter.analytics.estimation.arrays import Bools, Floats, Ints
from counter.analytics.spans import Span, day_span
from counter.analytics.trading_days import TradingCalendar

MONDAY = date(2026, 1, 5)
OPENS = 9
QUARTER = 15
"""Minutes."""


def hump(day: Floats) -> Any:
    """Quiet in the morning and in the evening; `day` is 0..1."""
    return 0.4 + 1.2 * np.sin(np.pi * day) ** 2


def flat(day: Floats) -> Floats:
    return np.ones_like(day)


def two_peaks(day: Floats) -> Any:
    return 0.3 + 1.3 * np.exp(-(((day - 0.3) / 0.1) ** 2)) + 1.6 * np.exp(-(((day - 0.75) / 0.12) ** 2))


def ramp(day: Floats) -> Any:
    return 0.3 + 1.4 * day


def morning(day: Floats) -> Any:
    return 0.4 + 1.4 * np.exp(-(((day - 0.4) / 0.2) ** 2))


@dataclass(frozen=True)
class Shop:
    """`mean` people at a usual time, who stay for `stay` minutes, counted every `every` minutes.

    `weekdays` are factors from Monday on, 0 for closed; `weekend` is the shape of the last two open days if
    it is another. `growth` is a week's; `holidays` the share of days that are far off, and marked as nothing
    special.
    """

    mean: float = 10.0
    stay: float = 10.0
    every: int = 5
    hours: int = 10
    shape: Callable[[Floats], Floats] = hump
    weekend: Callable[[Floats], Floats] | None = None
    weekdays: tuple[float, ...] = (1, 1, 1, 1, 1, 1, 0)
    day_spread: float = 0.15
    drift: float = 0.25
    drift_minutes: float = 45.0
    stay_spread: float = 1.0
    growth: float = 0.0
    holidays: float = 0.0
    group: float = 1.0
    staff: int = 0
    missed: float = 0.0
    imagined: float = 0.0


SHOPS = {
    "as usual": Shop(),
    "ideal": Shop(day_spread=0, drift=0),
    "two peaks": Shop(shape=two_peaks),
    "ramp": Shop(shape=ramp),
    "flat": Shop(shape=flat),
    "flat and calm": Shop(shape=flat, day_spread=0.05, drift=0.1),
    "1-3 people": Shop(mean=2, stay=5),
    "1 person, 3 min": Shop(mean=1, stay=3),
    "80 people, 25 min": Shop(mean=80, stay=25, shape=two_peaks),
    "stay of 2 min": Shop(mean=6, stay=2),
    "stay of 45 min": Shop(mean=15, stay=45),
    "busy Saturdays": Shop(weekdays=(0.8, 0.8, 0.9, 1, 1.4, 2, 0)),
    "other Saturdays": Shop(weekdays=(0.8, 0.8, 0.9, 1, 1.4, 2, 0), weekend=morning),
    "big, other weekends": Shop(
        mean=60, weekdays=(0.8, 0.8, 0.9, 1, 1, 1.6, 2), weekend=morning, shape=two_peaks
    ),
    "grows 5 % a week": Shop(growth=0.05),
    "holidays": Shop(holidays=0.03),
    "groups, staff, errors": Shop(group=1.8, staff=3, missed=0.1, imagined=0.1),
    "small, groups of 2": Shop(mean=3, group=2, stay=8),
    "wild": Shop(day_spread=0.3, drift=0.5),
    "every minute": Shop(every=1, mean=5, stay=4),
    "every 14 min": Shop(every=15, mean=12),
}


@dataclass(frozen=True)
class Days:
    """Simulated open days: counts [days, quarter hours, instants], and people on average [days, quarter
    hours].

    `true` is what there was, as well as the camera sees it; `usual` what is to be expected, without staff.
    """

    shop: Shop
    dates: tuple[date, ...]
    counts: Ints
    true: Floats
    usual: Floats

    def between(self, first: int, last: int) -> "Days":
        """The days `first` to `last`, the last exclusive."""
        part = slice(first, last)
        return Days(self.shop, self.dates[part], self.counts[part], self.true[part], self.usual[part])


def simulate(shop: Shop, days: int, rng: np.random.Generator, *, skip: int = 0) -> Days:
    """That many open days, the first of them `skip` open days after a Monday."""
    open_days = [day for day in range(7) if shop.weekdays[day]]
    numbers = np.arange(skip, skip + days)
    weeks, weekdays = np.divmod(numbers, len(open_days))
    dates = tuple(
        MONDAY + timedelta(days=int(week * 7 + open_days[place]))
        for week, place in zip(weeks, weekdays, strict=True)
    )
    warm = int(min(6 * shop.stay, 240))
    minutes = np.arange(-warm, shop.hours * 60)
    through = np.clip(minutes / (shop.hours * 60), 0, 1)
    weekend = shop.weekend or shop.shape
    shapes = np.stack(
        [(weekend if place >= len(open_days) - 2 else shop.shape)(through) for place in range(len(open_days))]
    )
    factors = np.array([shop.weekdays[day] for day in open_days])[weekdays] * (1 + shop.growth) ** weeks
    rate = shop.mean / shop.stay * shapes[weekdays] * factors[:, None]
    usual = _expected(shop, rate)[:, warm:].reshape(days, -1, QUARTER).mean(axis=2)
    rate = rate * _lognormal(rng, shop.day_spread, (days, 1)) * _drift(shop, (days, len(minutes)), rng)
    special = rng.random((days, 1)) < shop.holidays
    rate = rate * np.where(special, rng.choice([0.4, 1.8], (days, 1)), 1)
    counts, true = zip(*(_day(shop, minutes, rate[day], rng) for day in range(days)), strict=True)
    return Days(shop, dates, np.stack(counts), np.stack(true), usual)


def _expected(shop: Shop, rate: Floats) -> Any:
    """The expected number of people at each minute: those who came before and stay that long."""
    minutes = np.arange(1, rate.shape[1] + 1) - 0.5
    sigma = np.sqrt(np.log1p(shop.stay_spread**2))
    z = (np.log(minutes / shop.stay) + sigma**2 / 2) / sigma
    staying = 0.5 - 0.5 * np.array([erf(value / np.sqrt(2)) for value in z])
    people = np.stack([np.convolve(row, staying)[: len(row)] for row in rate])
    special = 1 + shop.holidays * ((0.4 + 1.8) / 2 - 1)
    return people * special * (1 - shop.missed) + shop.imagined


def _day(shop: Shop, minutes: Ints, rate: Floats, rng: np.random.Generator) -> tuple[Ints, Floats]:
    arrivals = rng.poisson(rate / shop.group)
    came = np.repeat(minutes, arrivals) + rng.random(arrivals.sum())
    stayed = shop.stay * _lognormal(rng, shop.stay_spread, came.shape)
    if shop.group > 1:
        size = rng.geometric(1 / shop.group, len(came))
        came, stayed = np.repeat(came, size), np.repeat(stayed, size)
    for _ in range(shop.staff):
        walks = rng.exponential(20, (2, 60))  # minutes out of view, and in view
        began = minutes[0] + np.cumsum(walks.sum(axis=0)) - walks[1]
        came, stayed = np.append(came, began), np.append(stayed, walks[1])
    came, went = np.sort(came), np.sort(came + stayed)
    quarters, instants = shop.hours * 4, QUARTER // shop.every
    at = np.arange(quarters * instants) * float(shop.every)
    counts = np.searchsorted(came, at, "right") - np.searchsorted(went, at, "right")
    counts = rng.binomial(counts, 1 - shop.missed) + rng.poisson(shop.imagined, len(counts))
    edges = np.arange(quarters + 1) * float(QUARTER)
    people = np.diff(_minutes(came, edges) - _minutes(went, edges)) / QUARTER
    return counts.reshape(quarters, instants), people * (1 - shop.missed) + shop.imagined


def _minutes(moments: Floats, until: Floats) -> Any:
    """The minutes from all moments before until then."""
    number = np.searchsorted(moments, until, "right")
    return number * until - np.concatenate([[0.0], np.cumsum(moments)])[number]


def _lognormal(rng: np.random.Generator, spread: float, shape: tuple[int, ...]) -> Floats:
    """Of mean 1 and that coefficient of variation."""
    sigma = np.sqrt(np.log1p(spread**2))
    return rng.lognormal(-(sigma**2) / 2, sigma, shape)


def _drift(shop: Shop, shape: tuple[int, int], rng: np.random.Generator) -> Any:
    sigma = np.sqrt(np.log1p(shop.drift**2))
    memory = np.exp(-1 / shop.drift_minutes)
    logs = rng.normal(0, sigma, shape)
    for minute in range(1, shape[1]):
        logs[:, minute] = memory * logs[:, minute - 1] + np.sqrt(1 - memory**2) * logs[:, minute]
    return np.exp(logs - sigma**2 / 2)


CALENDAR = TradingCalendar.in_zone("UTC")


def columns_of(days: Days, hidden: Bools, *, camera: str = "door", area: str = "floor") -> Columns:
    """The lines of a camera; `hidden` are gaps, [days, quarter hours]."""
    number, quarters, instants = days.counts.shape
    starts = np.array([CALENDAR.start(day) + OPENS * 4 for day in days.dates])
    counted = np.where(hidden, 0, instants).ravel()
    people = np.where(hidden, 0, days.counts.sum(axis=2)).ravel()
    every = days.shop.every * 60
    lines = days.counts.reshape(-1, instants)
    return Columns(
        (camera,),
        (area,),
        ("no_media",),
        np.zeros(number * quarters, np.int64),
        np.zeros(number * quarters, np.int64),
        (starts[:, None] + np.arange(quarters)).ravel(),
        np.full(number * quarters, instants),
        counted,
        (instants - counted)[:, None],
        people * every,
        counted * every,
        Histograms(
            np.concatenate([[0], np.cumsum(counted)]),
            lines[~hidden.ravel()].ravel(),
            np.ones(int(counted.sum()), np.int64),
        ),
        {},
    )


def span_of(days: Days, day: int) -> Span:
    return day_span(CALENDAR, days.dates[day])
