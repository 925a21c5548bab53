from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from counter.recount.entry import Recount
from counter.recount.items import entry_item, recount_from_item
from ingest.registry.camera import NAME

START = datetime(2026, 11, 1, tzinfo=UTC)
END, HALF = START + timedelta(days=30), START + timedelta(days=15)
WANTED = Recount("till-1", START, END, "aa", None, START, START)
RUNNING = replace(WANTED, min_confidence=80.0, done=HALF, reaching=END).owned("me", END)


@pytest.mark.parametrize("recount", [WANTED, RUNNING], ids=["new", "running"])
def test_an_entry_comes_back_as_it_was(recount: Recount) -> None:
    assert recount_from_item(entry_item(recount)) == recount


def test_the_attributes_of_an_entry() -> None:
    assert entry_item(RUNNING) == {
        "StoreId": {"S": "#recount"},
        "Entry": {"S": "till-1"},
        "From": {"S": "2026-11-01T00:00:00.000Z"},
        "To": {"S": "2026-12-01T00:00:00.000Z"},
        "Rule": {"S": "aa"},
        "MinConfidence": {"N": "80.0"},
        "Done": {"S": "2026-11-16T00:00:00.000Z"},
        "Reaching": {"S": "2026-12-01T00:00:00.000Z"},
        "Owner": {"S": "me"},
        "Expires": {"N": "1796083220000"},
    }


def test_no_store_can_have_the_partition() -> None:
    assert NAME.fullmatch(entry_item(WANTED)["StoreId"]["S"]) is None
