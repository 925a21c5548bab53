from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from counter.stores.items import entry_key
from counter.stores.marks import MarkTable
from counter.stores.store import InvalidStore, Store
from counter.stores.table import StoreChanged, StoreExists, StoreTable
from tests.counter.stores.test_items import FULL
from tests.counter.tables import STORES

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def test_a_store_is_added_once(stores: StoreTable) -> None:
    stores.add(FULL)
    assert stores.get("north") == FULL
    assert stores.get("south") is None
    with pytest.raises(StoreExists, match="change it with `occupancy store set north`"):
        stores.add(FULL)


def test_stores_are_listed_by_name_without_their_marks(stores: StoreTable, marks: MarkTable) -> None:
    for name in ("south", "north"):
        stores.add(Store(name))
    marks.mark_join("north", "2026-11")
    assert stores.all() == [Store("north"), Store("south")]


def test_an_entry_that_cannot_be_read_stops_no_other(stores: StoreTable, dynamodb: "DynamoDBClient") -> None:
    for name in ("north", "south"):
        stores.add(Store(name))
    dynamodb.update_item(
        TableName=STORES, Key=entry_key("north", "store"), UpdateExpression="REMOVE DayStarts"
    )
    broken, south = stores.all()
    assert isinstance(broken, InvalidStore)
    assert south == Store("south")


def test_settings_change_and_progress_stays(stores: StoreTable) -> None:
    stores.add(Store("north"))
    before = stores.get("north")
    assert before is not None
    assert stores.record_next_day("north", None, date(2026, 11, 22))
    after = stores.change(before, replace(before, name="North Street"))
    assert after.revision == 2
    assert stores.get("north") == replace(after, next_day=date(2026, 11, 22))


def test_a_change_that_came_second_is_refused(stores: StoreTable) -> None:
    stores.add(FULL)
    stores.change(FULL, replace(FULL, name="A"))
    with pytest.raises(StoreChanged):
        stores.change(FULL, replace(FULL, name="B"))


def test_the_next_day_moves_once(stores: StoreTable) -> None:
    stores.add(Store("north"))
    days = [date(2026, 11, day) for day in (22, 23, 24)]
    assert stores.record_next_day("north", None, days[0])
    assert not stores.record_next_day("north", None, days[1])
    assert stores.record_next_day("north", days[0], days[1])
    assert not stores.record_next_day("north", days[0], days[2])
    assert not stores.record_next_day("south", None, days[0])
