"""The prices and counts that come with the code."""

from importlib.resources import files

from infra.cost.counts import Counts, read_counts
from infra.cost.prices import Prices, read_prices

PRICE_LIST = files("infra.cost").joinpath("prices.toml").read_text(encoding="utf-8")
PRICES: Prices = read_prices(PRICE_LIST)
COUNTS: Counts = read_counts(files("infra.cost").joinpath("counts.toml").read_text(encoding="utf-8"))
