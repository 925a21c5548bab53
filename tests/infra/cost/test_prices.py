import pytest

from infra.cost.data import PRICES
from infra.cost.prices import InvalidPrice, read_prices

HEAD = 'date = "2026-11"\nregion = "us-east-1"\n'


def test_every_price_names_its_page_and_says_whether_it_was_looked_up() -> None:
    assert (PRICES.date, PRICES.region) == ("2026-11", "us-east-1")
    for price in PRICES.by_name.values():
        assert price.page
        assert price.unit
        assert isinstance(price.checked, bool)


@pytest.mark.parametrize(
    ("units", "usd"), [(0, 0), (999, 0.999), (1_000_000, 1000), (1_000_001, 1000.0008), (6_000_000, 4800)]
)
def test_tiers(units: float, usd: float) -> None:
    assert PRICES.by_name["images"].usd(units) == pytest.approx(usd)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("x = [", "the price list is not TOML: "),
        ('region = "us-east-1"', 'the price list has no date: begin it with date = "2026-11"'),
        ('date = "2026-11"', 'the price list has no region: begin it with region = "us-east-1"'),
        (f"{HEAD}[images]\nusd = -1.0", "the price of 'images' is -1.0: it must be 0 or more, in USD"),
        (f"{HEAD}[images]\nusd = nan", "the price of 'images' is nan"),
        (f'{HEAD}[images]\nusd = "cheap"', "the price 'images' has a value that is not a number"),
        (f"{HEAD}[images]\nusd = 1\nper = 0", "the price 'images' is for 0 units: per must be more than 0"),
        (f"{HEAD}[images]\ntiers = [1, 2]", "the price 'images' has a value that is not a number"),
        (f"{HEAD}[images]\ntiers = 3", "the price 'images' has a value that is not a number"),
    ],
)
def test_lists_that_are_none(text: str, sentence: str) -> None:
    with pytest.raises(InvalidPrice) as refused:
        read_prices(text)
    assert str(refused.value).startswith(sentence)


def test_an_own_list_needs_only_the_prices() -> None:
    prices = read_prices(f"{HEAD}[images]\nusd = 1.2\nper = 1000")
    assert prices.by_name["images"].usd(10_000) == pytest.approx(12)
    assert prices.by_name["images"].checked


def test_a_list_lacks_a_price_or_has_an_unknown_one() -> None:
    prices = read_prices(f"{HEAD}[images]\nusd = 1\n[pixels]\nusd = 1")
    with pytest.raises(InvalidPrice, match="the price 'kvs_in' is missing: add a table"):
        prices.require(["images", "kvs_in"])
    with pytest.raises(InvalidPrice, match="there is no price 'pixels': use one of images"):
        prices.require(["images"])


@pytest.mark.parametrize("body", ["", "tiers = [[10, 1.0]]"])
def test_a_price_without_an_end_is_refused(body: str) -> None:
    with pytest.raises(InvalidPrice, match="the price 'images' has neither usd nor tiers"):
        read_prices(f'{HEAD}[images]\nunit = "image"\nper = 1\npage = "x"\nchecked = true\n{body}')
