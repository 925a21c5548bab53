"""A recount, a move and a late frame each change the files of their days, and no other file."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from counter.rows.rule import Rule
from tests.counter.history.shop import AFTER, CALENDAR, DAY, MIDNIGHT, Shop, till
from tests.counter.recount.past import recount
from tests.counter.rekognition import people
from tests.counter.world import event

QUARTER, HOUR = timedelta(minutes=15), timedelta(hours=1)
NEXT = DAY + timedelta(days=1)
LATER = AFTER + timedelta(days=1)
"""A run that closes the last quarter hour of NEXT."""
LOWER = Rule.of(replace(till(), min_confidence=80.0))


@pytest.fixture
def two_days(shop: Shop) -> Shop:
    """DAY and NEXT of two stores are written; on each a frame shows a person at 99 % and one at 85 %."""
    shop.world.add(till(), till("south-1", store_id="south"))
    for day in (DAY, NEXT):
        deliver(shop, shop.instants("till-1", day)[1])
    shop.world.close(LATER)
    assert len(shop.versions()) == 8  # two files for each day and store
    return shop


def deliver(shop: Shop, instant: datetime) -> None:
    key = shop.world.frame("till-1", instant, people(99, 85))
    assert not shop.world.count([event(key, key, at=LATER)], LATER).failed_messages


def changes(shop: Shop, before: dict[str, int]) -> set[tuple[str, str]]:
    """The day and the store of each file that was put since; each must have been put once."""
    added = {key: number - before.get(key, 0) for key, number in shop.versions().items()}
    assert set(added.values()) <= {0, 1}
    changed = [key.split("/")[1:3] for key, number in added.items() if number]
    assert len(changed) == 2 * len({tuple(parts) for parts in changed}), "a day has two files"
    return {(day.removeprefix("day="), store.removeprefix("store=")) for day, store in changed}


def test_a_recount_changes_the_days_of_its_span(two_days: Shop) -> None:
    before = two_days.versions()
    start = CALENDAR.start_of(NEXT)
    totals = recount(two_days.world, LOWER, (start, start + HOUR), now=lambda: LATER)
    assert totals.counts == 1
    assert {day for _, day in two_days.marked()} == {NEXT}
    two_days.world.close(LATER + QUARTER)
    assert changes(two_days, before) == {(str(NEXT), "north")}
    assert [line["maximum"] for line in two_days.lines(NEXT) if line["counted"]] == [2]
    assert [line["maximum"] for line in two_days.lines(DAY) if line["counted"]] == [1]
    assert NEXT not in {day for _, day in two_days.marked()}
    two_days.assert_true([DAY, NEXT], ["north", "south"])


def test_a_recount_over_midnight_changes_both_days(two_days: Shop) -> None:
    before = two_days.versions()
    recount(two_days.world, LOWER, (MIDNIGHT, MIDNIGHT + timedelta(days=1, hours=1)), now=lambda: LATER)
    two_days.world.close(LATER + QUARTER)
    assert changes(two_days, before) == {(str(DAY), "north"), (str(NEXT), "north")}
    two_days.assert_true([DAY, NEXT], ["north", "south"])


def test_a_recount_that_changes_no_row_changes_no_file(two_days: Shop) -> None:
    before = two_days.versions()
    span = MIDNIGHT, MIDNIGHT + timedelta(days=2)
    recount(two_days.world, Rule.of(till()), span, now=lambda: LATER)
    two_days.world.close(LATER + QUARTER)
    assert changes(two_days, before) == set()


def test_a_move_changes_the_days_after_it(shop: Shop) -> None:
    """The camera moves at noon of NEXT: that day has it in both stores, and DAY in the first one."""
    shop.world.add(till(), till("north-2"), till("south-1", store_id="south"))
    shop.world.close(AFTER)
    before = shop.versions()
    registered = shop.world.registry.get("till-1")
    noon = CALENDAR.start_of(NEXT) + timedelta(hours=12, minutes=30)
    shop.world.close(noon)
    shop.world.registry.change(registered, replace(registered.camera, store_id="south"), noon)
    shop.world.close(LATER)
    assert changes(shop, before) == {(str(NEXT), "north"), (str(NEXT), "south")}
    stores = [store for store in ("north", "south") if "till-1" in cameras(shop, NEXT, store)]
    assert stores == ["north", "south"]
    assert "till-1" not in cameras(shop, DAY, "south")
    shop.assert_true([DAY, NEXT], ["north", "south"])


def cameras(shop: Shop, day: date, store_id: str) -> set[str]:
    return {line["camera"] for line in shop.lines(day, store_id)}


def test_a_late_frame_after_a_move_changes_the_day_of_the_former_store(two_days: Shop) -> None:
    registered = two_days.world.registry.get("till-1")
    two_days.world.registry.change(registered, replace(registered.camera, store_id="south"), LATER)
    before = two_days.versions()
    deliver(two_days, two_days.instants("till-1", DAY)[3])
    two_days.world.close(LATER + QUARTER)
    assert changes(two_days, before) == {(str(DAY), "north")}
    assert sum(line["counted"] for line in two_days.lines()) == 2
    two_days.assert_true([DAY, NEXT], ["north", "south"])
