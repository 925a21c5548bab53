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


def test_an_own_price_replaces_all_tiers_and_no_other_price() -> None:
    own = PRICES.replaced({"images": 0.0012, "metrics": 0})
    assert own.by_name["images"].usd(10_000_000) == pytest.approx(12_000)
    assert own.by_name["metrics"].usd(36) == 0
    assert own.by_name["kvs_in"] == PRICES.by_name["kvs_in"]
    assert PRICES.by_name["images"].usd(1) == 0.0010


@pytest.mark.parametrize(
    ("own", "sentence"),
    [
        ({"pixels": 1.0}, "there is no price 'pixels': use one of alarms, dashboards"),
        ({"images": -1.0}, "the price of 'images' is -1.0: it must be 0 or more, in USD"),
        ({"images": float("nan")}, "the price of 'images' is nan"),
    ],
)
def test_own_prices_that_cannot_be(own: dict[str, float], sentence: str) -> None:
    with pytest.raises(InvalidPrice, match=sentence):
        PRICES.replaced(own)


@pytest.mark.parametrize("body", ["", "tiers = [[10, 1.0]]"])
def test_a_price_without_an_end_is_refused(body: str) -> None:
    with pytest.raises(InvalidPrice, match="the price 'images' has neither usd nor tiers"):
        read_prices(f'{HEAD}[images]\nunit = "image"\nper = 1\npage = "x"\nchecked = true\n{body}')
