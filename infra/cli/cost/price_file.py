"""Reads the operator's own price list."""

from pathlib import Path

from infra.cost.data import PRICES
from infra.cost.prices import InvalidPrice, Prices, read_prices


def read_price_file(path: Path) -> Prices:
    """The prices of a file, all of them. Raises InvalidPrice with the path, for whatever is wrong with it."""
    try:
        prices = read_prices(path.read_text(encoding="utf-8-sig"))
        prices.require(PRICES.by_name)
    except UnicodeDecodeError as error:
        raise InvalidPrice(f"{path}: the price list is not UTF-8 text") from error
    except OSError as error:
        raise InvalidPrice(f"{path} cannot be read: {error.strerror}") from error
    except InvalidPrice as error:
        raise InvalidPrice(f"{path}: {error}; `occupancy cost --print-prices` shows a whole list") from error
    return prices
