"""AWS's prices as values: read from `prices.toml`, any of them replaced by the operator's own. Pure."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ingest.errors import OccupancyError


class InvalidPrice(OccupancyError, ValueError):
    """A price that is not known or not a number."""


@dataclass(frozen=True)
class Price:
    """A price in USD for `per` units; `tiers` are (units a month, price), and the last one is (inf, price).

    `page` names AWS's page; `checked` says whether it was looked up there on the date of the prices.
    """

    name: str
    unit: str
    per: float
    tiers: tuple[tuple[float, float], ...]
    page: str
    checked: bool

    def usd(self, units: float) -> float:
        """The price of that many units in a month."""
        total, left = 0.0, units
        for size, usd in self.tiers:
            in_tier = min(left, size)
            total += in_tier * usd / self.per
            left -= in_tier
        return total


@dataclass(frozen=True)
class Prices:
    """All prices by name, of one region, as of a date."""

    date: str
    region: str
    by_name: Mapping[str, Price]

    def replaced(self, own: Mapping[str, float]) -> "Prices":
        """With the operator's own price of some names, which has no tiers. Raises InvalidPrice."""
        known = dict(self.by_name)
        for name, usd in own.items():
            if name not in known:
                raise InvalidPrice(f"there is no price {name!r}: use one of {', '.join(sorted(known))}")
            if not 0 <= usd < float("inf"):
                raise InvalidPrice(f"the price of {name!r} is {usd}: it must be 0 or more, in USD")
            known[name] = replace(known[name], tiers=((float("inf"), usd),), page="your own", checked=True)
        return replace(self, by_name=known)


def read_prices(text: str) -> Prices:
    """Read `prices.toml`. Raises InvalidPrice for a price without a number."""
    document = tomllib.loads(text)
    prices = {name: _price(name, value) for name, value in document.items() if isinstance(value, dict)}
    return Prices(document["date"], document["region"], prices)


def _price(name: str, value: Mapping[str, Any]) -> Price:
    tiers = value.get("tiers") or ([[0, value["usd"]]] if "usd" in value else [])
    if not tiers or tiers[-1][0] != 0:
        raise InvalidPrice(f"the price {name!r} has neither usd nor tiers that end with the rest, [0, price]")
    sizes = tuple((float(size) or float("inf"), float(usd)) for size, usd in tiers)
    return Price(name, value["unit"], float(value["per"]), sizes, value["page"], value["checked"])
