"""Recounts on the wire: byte by byte what counting would have given, once, whatever happens meanwhile."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from counter.recount import run as recounting
from counter.recount.entry import LEASE, Recount, RecountRuns, RecountTaken
from counter.recount.row import LeftAlone
from counter.recount.run import preview, run
from counter.recount.totals import RecountTotals, Untouched
from counter.rows.items import row_to_item
from counter.rows.rule import Rule
from counter.stores.marks import MarkTable
from ingest.registry.sampling import Sampling
from ingest.times import QUARTER_HOUR
from tests.counter.recount.past import (
    BEFORE,
    LATER,
    NOW_RULE,
    Contents,
    by_rule,
    contents,
    dependencies,
    entries,
    past_rows,
    recount,
    store,
)
from tests.counter.rekognition import people
from tests.counter.tables import OCCUPANCY, QUARTERS, STORES
from tests.counter.world import NOON, Cloud, World, at, event, failed, world_in
from tests.killing import Killed, Killer

HOUR = timedelta(hours=1)
SPAN = (NOON, NOON + 2 * HOUR)


def instants(start: datetime, end: datetime, every: int = 300) -> Iterator[datetime]:
    while start < end:
        yield start
        start += timedelta(seconds=every)


@pytest.fixture
def shop(world: World) -> World:
    """Two hours, counted by the former rule."""
    store(world, past_rows(BEFORE, instants(*SPAN)))
    return world


def counted_by(cloud: Cloud, rule: Rule) -> Contents:
    """What the tables hold if the two hours were counted by another rule."""
    with world_in(cloud) as world:
        store(world, past_rows(by_rule(BEFORE, rule), instants(*SPAN)))
        return contents(world)


@pytest.fixture(scope="module")
def expected(cloud: Cloud) -> Contents:
    return counted_by(cloud, NOW_RULE)


def test_a_month_as_if_it_had_been_counted_by_the_rule(cloud: Cloud) -> None:
    """Of each day a quarter hour with three frames. The benchmark does it with 43,200 rows."""
    start = NOON - timedelta(days=30)
    days = [start + timedelta(days=number) for number in range(30)]
    month = [moment for day in days for moment in instants(day, day + QUARTER_HOUR)]
    with world_in(cloud) as world:
        store(world, past_rows(by_rule(BEFORE, NOW_RULE), month))
        expected = contents(world)
    with world_in(cloud) as world:
        store(world, past_rows(BEFORE, month))
        assert contents(world) != expected
        totals = recount(world, NOW_RULE, (start, NOON), workers=4)
        assert contents(world) == expected
        # Every seventh is a gap.
        assert (totals.rows, totals.changed, totals.left_alone) == (90, 78, {})
        assert totals.counts > 30


def test_frames_counted_after_the_change_agree_with_those_recounted(cloud: Cloud) -> None:
    """The same frames through the counter itself: before the change and a recount, or after it."""
    confidences = [(99.0, 90.0), (85.0,), (), (96.0, 79.9), (81.0, 80.0)]

    def count(world: World, threshold: float) -> None:
        registered = world.registry.get("till-1")
        world.registry.change(registered, replace(registered.camera, min_confidence=threshold), NOON)
        keys = [world.frame("till-1", at(5 * n), people(*found)) for n, found in enumerate(confidences)]
        assert failed(world.count([event(key, key) for key in keys])) == []

    with world_in(cloud) as world:
        world.add(BEFORE)
        count(world, 80.0)
        expected = contents(world)
    with world_in(cloud) as world:
        world.add(BEFORE)
        count(world, 95.0)
        recount(world, Rule.of(replace(BEFORE, min_confidence=80.0)), SPAN)
        assert contents(world) == expected
        assert list(world.counts().values()) == [2, 1, 0, 1, 2]


def test_twice_is_once(shop: World, expected: Contents) -> None:
    first = recount(shop, NOW_RULE, SPAN)
    assert contents(shop) == expected
    writes = counted_writes(shop)
    again = recount(shop, NOW_RULE, SPAN)
    assert contents(shop) == expected
    assert (first.changed, again.changed, again.rows) == (21, 0, 24)
    # The entry is put, advanced and removed; nothing else is written.
    assert writes() == ["PutItem", "PutItem", "DeleteItem"]


def counted_writes(world: World) -> Any:
    """Starts to note the writes; call the result to stop and get them."""
    seen: list[str] = []

    def note(model: Any, **_: Any) -> None:
        if model.name in {"PutItem", "UpdateItem", "DeleteItem"}:
            seen.append(model.name)

    world.dynamodb.meta.events.register("before-call.dynamodb", note)

    def stop() -> list[str]:
        world.dynamodb.meta.events.unregister("before-call.dynamodb", note)
        return seen

    return stop


def test_the_preview_says_the_same_and_stores_nothing(shop: World) -> None:
    before = contents(shop)
    shown = sum((part.totals for part in preview(shop.table, "till-1", NOW_RULE, SPAN)), RecountTotals())
    assert contents(shop) == before
    assert shown == recount(shop, NOW_RULE, SPAN)


def test_killed_anywhere_and_run_again_is_once(cloud: Cloud) -> None:
    """Two batches of a quarter hour each; the marks of both, too."""
    half = (NOON, NOON + HOUR / 2)
    with world_in(cloud) as world, pytest.MonkeyPatch.context() as patch:
        patch.setattr(recounting, "BATCH_ROWS", 3)
        store(world, past_rows(BEFORE, instants(*half)))
        start = world.state.snapshot()
        with killing(world) as killer:
            recount(world, NOW_RULE, half)
        steps, expected, marked = killer.steps, contents(world), marks(world)
        assert marked == set(instants(*half, every=900))
        assert steps > 35
        # Every second step: a kill after a call has returned is a kill before the next call leaves.
        for point in range(0, steps, 2):
            world.state.restore(start)
            with killing(world, point), pytest.raises(Killed):
                recount(world, NOW_RULE, half, "killed")
            recount(world, NOW_RULE, half, now=lambda: LATER + LEASE)
            assert contents(world) == expected
            assert marks(world) == marked
            assert entries(world).get("till-1") is None


def killing(world: World, survive: int | None = None) -> Any:
    """Kill the code inside after this many steps, or only count its steps."""
    return _Killing(world, Killer(survive))


class _Killing:
    def __init__(self, world: World, killer: Killer) -> None:
        self._world, self._killer = world, killer

    def __enter__(self) -> Killer:
        self._killer.watch(self._world.dynamodb)
        return self._killer

    def __exit__(self, *_: object) -> None:
        self._killer.unwatch(self._world.dynamodb)


def marks(world: World) -> set[datetime]:
    found = MarkTable(world.dynamodb, STORES).of_store("north").days
    return {start for mark in found for start in mark.quarters}


def test_marks_come_after_the_roll_ups(shop: World) -> None:
    """The closing would else write the day from the former roll-ups, and take the mark away."""
    seen: list[str] = []

    def note(params: Any, **_: Any) -> None:
        seen.append(params["TableName"])

    shop.dynamodb.meta.events.register("before-parameter-build.dynamodb", note)
    try:
        recount(shop, NOW_RULE, SPAN)
    finally:
        shop.dynamodb.meta.events.unregister("before-parameter-build.dynamodb", note)
    last_roll_up = len(seen) - seen[::-1].index(QUARTERS)
    assert seen[last_roll_up:] == [STORES, STORES]


def test_a_quarter_hour_that_has_just_ended_needs_no_mark(shop: World) -> None:
    recount(shop, NOW_RULE, SPAN, now=lambda: SPAN[1] + timedelta(minutes=10))
    assert marks(shop) == set(instants(NOON, SPAN[1] - QUARTER_HOUR, every=900))


def test_two_at_a_time(shop: World, expected: Contents) -> None:
    """Of two commands one runs, the other one is refused by name; the end is that of one."""
    with ThreadPoolExecutor(2) as threads:
        runs = [threads.submit(recount, shop, NOW_RULE, SPAN, owner) for owner in ("a", "b")]
    outcomes = [run.exception() for run in runs]
    assert contents(shop) == expected
    assert [type(error) for error in outcomes if error] in ([], [RecountRuns])


def test_one_that_begins_anew_still_says_how_far_rows_were_touched(
    shop: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recounting, "BATCH_ROWS", 3)
    wanted = Recount("till-1", *SPAN, NOW_RULE.digest, None, SPAN[0], SPAN[1])
    with dependencies(shop) as needs:
        next(run(needs.entries.begin(wanted, "me", LATER), NOW_RULE, needs))
    left = entries(shop).get("till-1")
    assert left is not None
    assert (left.done, left.reaching) == SPAN


def test_one_that_was_taken_for_killed_stops(shop: World) -> None:
    """It has slept with its computer; another command went on in its place, by another rule."""
    wanted = Recount("till-1", *SPAN, NOW_RULE.digest, None, SPAN[0], SPAN[0])
    with dependencies(shop) as needs:
        sleeping = needs.entries.begin(wanted, "a", LATER)
        other = Rule(60.0)
        recount(shop, other, SPAN, "b", now=lambda: LATER + LEASE)
        with pytest.raises(RecountTaken):
            list(run(sleeping, NOW_RULE, needs))
    assert contents(shop) == counted_by_rule(shop, other)


def counted_by_rule(world: World, rule: Rule) -> Contents:
    found = contents(world)
    assert {item["Rule"]["S"] for item in found.rows if "Rule" in item} == {rule.digest}
    return found


def test_live_frames_beside_it(world: World) -> None:
    """Four counters turn gaps into counts while the past is recounted, again and again."""
    minutely = replace(BEFORE, sampling=Sampling(60))
    world.add(by_rule(minutely, NOW_RULE))
    rows = past_rows(minutely, instants(*SPAN, every=60))
    store(world, rows)
    # Threads that add keys disturb each other's reads in moto: here all keys exist before.
    world.dependencies.rules.keep("till-1", NOW_RULE)
    live = [row.instant for row in rows if row.count is None]
    keys = [world.frame("till-1", instant, people(99, 85)) for instant in live]

    def count(part: list[str]) -> list[str]:
        return [name for key in part for name in failed(world.count([event(key, key, at=LATER)]))]

    with ThreadPoolExecutor(5) as threads:
        counters = [threads.submit(count, keys[number::4]) for number in range(4)]
        for _ in range(3):
            recount(world, NOW_RULE, SPAN)
    assert [done.result() for done in counters] == [[]] * 4
    recount(world, NOW_RULE, SPAN)
    assert [row.instant for row in world.rows()] == [row.instant for row in rows]
    assert [row.count for row in world.rows() if row.instant in set(live)] == [2] * len(live)
    assert {row.rule for row in world.rows()} == {NOW_RULE.digest}
    assert world.roll_ups() == world.expected_roll_ups()
    assert world.keys_left() == []


def test_a_row_that_changes_between_read_and_write_is_read_again(shop: World, expected: Contents) -> None:
    """Another version of the command has recounted a row since: its rule is not the one that was read."""
    first = shop.rows()[0]
    changed = row_to_item(replace(first, count=9, rule="other"))
    hook = ("before-call.dynamodb.UpdateItem", lambda **_: shop.state.put_item(OCCUPANCY, changed.copy()))
    once = [True]

    def change(**_: Any) -> None:
        if once:
            once.pop()
            hook[1]()

    shop.dynamodb.meta.events.register(hook[0], change)
    try:
        recount(shop, NOW_RULE, SPAN)
    finally:
        shop.dynamodb.meta.events.unregister(hook[0], change)
    assert contents(shop) == expected


def test_a_row_that_expires_between_read_and_write_does_not_come_back(shop: World) -> None:
    first = shop.rows()[0]
    key = {name: row_to_item(first)[name] for name in ("CameraId", "TimeStamp")}
    once = [True]

    def expire(**_: Any) -> None:
        if once:
            once.pop()
            shop.dynamodb.delete_item(TableName=OCCUPANCY, Key=key)

    shop.dynamodb.meta.events.register("before-call.dynamodb.UpdateItem", expire)
    try:
        recount(shop, NOW_RULE, SPAN)
    finally:
        shop.dynamodb.meta.events.unregister("before-call.dynamodb.UpdateItem", expire)
    assert first.instant not in {row.instant for row in shop.rows()}
    # Its roll-up knows more than the rows that are left.
    assert shop.roll_ups()[0].rule == first.rule


def test_a_quarter_hour_that_has_partly_expired_is_left_alone(shop: World) -> None:
    first, before = shop.rows()[0], contents(shop)
    key = {name: row_to_item(first)[name] for name in ("CameraId", "TimeStamp")}
    shop.dynamodb.delete_item(TableName=OCCUPANCY, Key=key)
    totals = recount(shop, NOW_RULE, SPAN)
    assert {reason: left.number for reason, left in totals.left_alone.items()} == {LeftAlone.EXPIRED: 2}
    after = contents(shop)
    assert (after.rows[:2], after.roll_ups[0]) == (before.rows[1:3], before.roll_ups[0])
    assert after.roll_ups[1] != before.roll_ups[1]


def test_quarter_hours_whose_rows_have_all_expired_are_left_alone(shop: World) -> None:
    """Before, between and after the others; again by the second recount."""
    expired = {0, 3, 4, 7}
    rows, before = contents(shop).rows, contents(shop).roll_ups
    for number in expired:
        for item in rows[3 * number : 3 * number + 3]:
            key = {name: item[name] for name in ("CameraId", "TimeStamp")}
            shop.dynamodb.delete_item(TableName=OCCUPANCY, Key=key)
    shown = sum((part.totals for part in preview(shop.table, "till-1", NOW_RULE, SPAN)), RecountTotals())
    totals = recount(shop, NOW_RULE, SPAN)
    assert totals == shown
    assert totals.left_alone == {LeftAlone.NO_ROWS: Untouched(4, NOON, SPAN[1] - QUARTER_HOUR)}
    assert totals.rows == 12
    after = contents(shop).roll_ups
    assert {number for number in range(8) if after[number] == before[number]} == expired
    assert recount(shop, NOW_RULE, SPAN).left_alone == totals.left_alone


def test_old_rows_and_roll_ups_gain_feet_and_foot_grid(world: World) -> None:
    """As a version stored them that knew neither: the rule is the same, no count changes."""
    rule = Rule.of(BEFORE)
    rows = past_rows(BEFORE, instants(*SPAN))
    store(world, rows)
    expected = contents(world)
    store(world, [replace(row, feet=None, rule=None) for row in rows])
    assert {quarter.foot_seconds for quarter in world.roll_ups()} == {None}
    totals = recount(world, rule, SPAN)
    assert contents(world) == expected
    assert (totals.counts, totals.changed) == (0, 21)


def test_what_a_newer_version_knows_of_a_row_stays(shop: World) -> None:
    first = row_to_item(shop.rows()[0]) | {"Picture": {"S": "digest"}}
    shop.state.put_item(OCCUPANCY, first)
    recount(shop, NOW_RULE, SPAN)
    item = contents(shop).rows[0]
    assert item["Picture"] == {"S": "digest"}
    assert item["Rule"] == {"S": NOW_RULE.digest}


def test_the_rest_of_the_past_stays(shop: World) -> None:
    before = contents(shop)
    recount(shop, NOW_RULE, (NOON + QUARTER_HOUR, NOON + 2 * QUARTER_HOUR))
    after = contents(shop)
    assert [a == b for a, b in zip(after.roll_ups, before.roll_ups, strict=True)] == [True, False] + [
        True
    ] * 6
    assert after.rows[:3] + after.rows[6:] == before.rows[:3] + before.rows[6:]


def test_a_span_without_rows(world: World) -> None:
    assert recount(world, NOW_RULE, SPAN) == RecountTotals()
    assert entries(world).get("till-1") is None
