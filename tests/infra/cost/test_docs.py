"""The documents state the costs that the model computes, and no others."""

import re
from pathlib import Path

import pytest

from infra.cost.data import PRICES
from tests.infra.cost.documents import PAGES, ROOT, TABLES, with_tables

DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("page", PAGES)
def test_the_tables_are_those_of_the_model(page: str) -> None:
    """If this fails, run `python -m tests.infra.cost.update`."""
    text = (ROOT / page).read_text(encoding="utf-8")
    assert "<!-- costs: " in text
    assert text == with_tables(text)


def test_each_table_is_shown() -> None:
    shown = {name for page in PAGES for name in re.findall(r"costs: ([a-z-]+)", (ROOT / page).read_text())}
    assert shown == set(TABLES)


def test_the_page_of_costs_says_of_when_and_where_the_prices_are() -> None:
    text = (ROOT / "docs/costs.md").read_text()
    assert "us-east-1" in text
    assert "November 2026" in text
    assert (PRICES.region, PRICES.date) == ("us-east-1", "2026-11")


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_no_other_page_states_a_price(path: Path) -> None:
    """What a price is, only the computed tables say: a page that repeats it will be wrong one day."""
    text = re.sub(r"<!-- costs: .*?<!-- end -->", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert re.findall(r"\d[\d.,]* (?:USD|dollars?)", text) == []
