"""AWS's prices as values: read from `prices.toml`, or from the operator's own list of the same form. Pure."""

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from ingest.errors import OccupancyError

_EXAMPLES = {"date": "2026-11", "region": "us-east-1"}


class InvalidPrice(OccupancyError, ValueError):
    """A price list that lacks a price or another entry, or has one that is not a number."""


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

    def require(self, names: Collection[str]) -> None:
        """Raise InvalidPrice if a price is missing, or there is one of another name."""
        missing = [name for name in names if name not in self.by_name]
        if missing:
            raise InvalidPrice(
                f"the price {missing[0]!r} is missing: add a table [{missing[0]}] with usd, per and unit"
            )
        unknown = sorted(set(self.by_name) - set(names))
        if unknown:
            raise InvalidPrice(f"there is no price {unknown[0]!r}: use one of {', '.join(sorted(names))}")


def read_prices(text: str) -> Prices:
    """Read a price list, in the form of `prices.toml`. Raises InvalidPrice for what is not one."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidPrice(f"the price list is not TOML: {error}") from error
    for name in ("date", "region"):
        if not isinstance(document.get(name), str):
            raise InvalidPrice(f'the price list has no {name}: begin it with {name} = "{_EXAMPLES[name]}"')
    prices = {name: _price(name, value) for name, value in document.items() if isinstance(value, dict)}
    return Prices(document["date"], document["region"], prices)


def _price(name: str, value: Mapping[str, Any]) -> Price:
    tiers = value.get("tiers") or ([[0, value["usd"]]] if "usd" in value else [])
    try:
        sizes = [(float(size) or float("inf"), float(usd)) for size, usd in tiers]
        per = float(value.get("per", 1))
    except (TypeError, ValueError) as error:
        raise InvalidPrice(f"the price {name!r} has a value that is not a number: {error}") from error
    if not sizes or sizes[-1][0] != float("inf"):
        raise InvalidPrice(f"the price {name!r} has neither usd nor tiers that end with the rest, [0, price]")
    for usd in (usd for _, usd in sizes):
        if not 0 <= usd < float("inf"):
            raise InvalidPrice(f"the price of {name!r} is {usd}: it must be 0 or more, in USD")
    if not 0 < per < float("inf"):
        raise InvalidPrice(f"the price {name!r} is for {per:g} units: per must be more than 0")
    texts = [str(value.get(key, default)) for key, default in (("unit", name), ("page", "your own"))]
    return Price(name, texts[0], per, tuple(sizes), texts[1], bool(value.get("checked", True)))
