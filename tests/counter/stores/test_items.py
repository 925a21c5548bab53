from datetime import date, time
from typing import Any

import pytest

from counter.stores.calendar import EarlierZone
from counter.stores.items import store_from_item, store_item, store_or_error
from counter.stores.store import InvalidStore, Store
from ingest.aws.dynamodb import to_item

FULL = Store(
    "north",
    "Europe/Berlin",
    (EarlierZone(date(2026, 1, 1), "UTC"),),
    "North Street",
    time(5),
    {date(2026, 12, 25): "Christmas"},
    *("DE", "DE-BE", "EUR", "de"),
    {"conversion": 0.25},
    date(2026, 11, 22),
    7,
)


@pytest.mark.parametrize("store", [FULL, Store("north")], ids=["full", "bare"])
def test_a_store_comes_back_as_it_was(store: Store) -> None:
    assert store_from_item(store_item(store)) == store


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        ({"TimeZone": None}, "store 'north': its entry has no TimeZone"),
        (
            {"TimeZone": "Mars"},
            "store 'north': time zone 'Mars' is unknown: use an IANA name such as Europe/Berlin",
        ),
        ({"NextDay": "soon"}, "store 'north': its entry cannot be read: Invalid isoformat string: 'soon'"),
        ({"Excluded": "x"}, "store 'north': its entry cannot be read: 'str' object has no attribute 'items'"),
    ],
)
def test_an_entry_that_was_edited_by_hand(damage: dict[str, Any], sentence: str) -> None:
    item = {name: value for name, value in store_item(FULL).items() if name not in damage} | to_item(damage)
    error = store_or_error(item)
    assert isinstance(error, InvalidStore)
    assert (str(error), error.store_id) == (sentence, "north")
