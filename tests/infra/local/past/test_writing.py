"""A past in moto, beside what the closing of the deployed code then does with it."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import boto3
import pytest

from counter.history.files import read_quarters, unpack
from counter.history.keys import Month, hours_key, month_key, quarters_key
from counter.rows.kept_rules import KeptRules
from counter.rows.rule import Rule
from counter.stores.calendar import DAY
from counter.stores.store import Store
from counter.stores.table import StoreExists
from infra.local.past.chain import chain
from infra.local.past.days import PastDay, PastSettings, past_day
from infra.local.past.writing import PastDependencies, write_past
from ingest.schedule import is_pull_due
from tests.counter.tables import OCCUPANCY, QUARTERS
from tests.counter.world import HISTORY, World, new_cloud, world_in
from tests.moto_state import REGION

NOW = datetime(2026, 11, 3, 16, 7, tzinfo=UTC)
END = datetime(2026, 11, 3, 15, 45, tzinfo=UTC)
"""The last quarter hour that can be closed at NOW."""
SPAN = timedelta(days=5)
FIRST, OPEN_DAY = date(2026, 10, 29), date(2026, 11, 3)
SHOPS = {shop.store.store_id: shop for shop in chain(FIRST)}


@pytest.fixture(scope="module")
def told() -> list[str]:
    return []


@pytest.fixture(scope="module")
def world(told: list[str]) -> Iterator[World]:
    """Five days of three shops, over the end of a month and of Chicago's summer time."""
    with new_cloud() as cloud, world_in(cloud) as world:
        write_past(_dependencies(world), SPAN, NOW, 5, told.append)
        yield world


def _dependencies(world: World) -> PastDependencies:
    return PastDependencies(
        world.dynamodb,
        boto3.client("kinesisvideo", REGION),
        world.registry,
        world.stores,
        world.marks,
        world.history,
        OCCUPANCY,
        QUARTERS,
    )


def _made(name: str, day: date) -> PastDay:
    return past_day(SHOPS[name], day, PastSettings(END, 5))


def _content(world: World, key: str) -> bytes:
    found = world.history.get(key)
    assert found is not None, key
    return unpack(key, found.packed)


def _versions(world: World) -> dict[str, int]:
    answer = world.s3.list_object_versions(Bucket=HISTORY)
    return Counter(version["Key"] for version in answer["Versions"])


def _store(world: World, name: str) -> Store:
    found = world.stores.get(name)
    assert found is not None
    return found


@pytest.mark.parametrize("name", SHOPS)
def test_each_closed_day_has_its_files_and_the_open_one_has_none(world: World, name: str) -> None:
    days = [FIRST + number * DAY for number in range(5)]
    for day in days:
        lines = read_quarters("key", _content(world, quarters_key(day, name)))
        assert lines == sorted(_made(name, day).lines, key=lambda line: (line.camera, line.start))
        assert _content(world, hours_key(day, name))
    written = {key for key in _versions(world) if f"store={name}/" in key and "/day=" in key}
    assert written == {key(day, name) for day in days for key in (quarters_key, hours_key)}


@pytest.mark.parametrize("name", SHOPS)
def test_a_month_that_is_over_is_joined(world: World, name: str) -> None:
    joined = _content(world, month_key(Month(2026, 10), name))
    days = [date(2026, 10, day) for day in range(29, 32)]
    assert joined == b"".join(_content(world, quarters_key(day, name)) for day in days)
    assert world.history.get(month_key(Month(2026, 11), name)) is None
    assert world.marks.of_store(name).joins == ()


@pytest.mark.parametrize("name", SHOPS)
def test_the_tables_have_the_last_days_only(world: World, name: str) -> None:
    rows: defaultdict[date, list[Any]] = defaultdict(list)
    quarters: defaultdict[date, list[Any]] = defaultdict(list)
    calendar = SHOPS[name].store.calendar
    for row in world.rows():
        if row.store_id == name:
            rows[calendar.day_of(row.instant)].append(row)
    for quarter in world.roll_ups():
        if quarter.store_id == name:
            quarters[calendar.day_of(quarter.start)].append(quarter)
    # A day without opening hours, as Berlin's Sunday, has neither.
    for kept, days, attribute in ((rows, 2, "rows"), (quarters, 4, "quarters")):
        wanted = {day: _made(name, day) for day in (OPEN_DAY - number * DAY for number in range(days))}
        expected = {
            day: sorted(getattr(made, attribute), key=lambda each: each.camera_id)
            for day, made in wanted.items()
            if getattr(made, attribute)
        }
        assert {day: found for day, found in kept.items() if found} == expected
    assert quarters


def test_stores_have_their_zones_excluded_days_and_the_first_unwritten_day(world: World) -> None:
    stores = {name: _store(world, name) for name in SHOPS}
    assert {store.time_zone for store in stores.values()} == {
        "Europe/Berlin", "America/Chicago", "Europe/Madrid",
    }  # fmt: skip
    assert {store.next_day for store in stores.values()} == {OPEN_DAY}
    assert stores["madrid"].excluded == {date(2026, 11, 1): "All Saints' Day"}
    assert stores["madrid"].day_starts.hour == 6


def test_cameras_are_closed_and_due_no_more_and_their_streams_exist(world: World) -> None:
    streams = boto3.client("kinesisvideo", REGION).list_streams()["StreamInfoList"]
    names = {stream["StreamName"] for stream in streams}
    for shop in SHOPS.values():
        for view in shop.views:
            found = world.registry.get(view.camera.camera_id)
            assert found.closed_until == END
            assert not any(found.camera.due(END, END + timedelta(days=2)))
            assert (found.camera.stream_name in names) == (found.camera.stream_name is not None)
            assert not is_pull_due(found, NOW - timedelta(minutes=10))


def test_the_rules_that_rows_name_are_kept(world: World) -> None:
    rules = KeptRules(world.dynamodb, QUARTERS)
    for shop in SHOPS.values():
        for view in shop.views:
            rule = Rule.of(view.camera)
            assert rules.get(view.camera.camera_id, rule.digest) == rule
    assert {row.rule for row in world.rows() if row.count is not None} <= {
        Rule.of(view.camera).digest for shop in SHOPS.values() for view in shop.views
    }


def test_progress_is_told_at_each_tenth(world: World, told: list[str]) -> None:
    assert world.rows()
    assert told == [f"writing the history: {percent} %" for percent in range(10, 101, 10)]


def test_a_second_past_is_refused_by_the_names_of_the_first(world: World) -> None:
    with pytest.raises(StoreExists, match="berlin"):
        write_past(_dependencies(world), timedelta(days=1), NOW, 5)


def test_the_closing_goes_on_where_the_past_ends(world: World) -> None:
    """Last: it changes the world. A closing a quarter hour later, and one two days later."""
    before, rows, roll_ups = _versions(world), world.rows(), world.roll_ups()
    first = world.close(NOW + timedelta(minutes=15))
    assert first.history_failures == {}
    assert _versions(world) == before
    later = world.close(NOW + timedelta(days=2))
    assert later.history_failures == {}
    assert (world.rows(), world.roll_ups()) == (rows, roll_ups)
    after = _versions(world)
    assert {key: after[key] for key in before} == before
    for name in SHOPS:
        lines = read_quarters("key", _content(world, quarters_key(OPEN_DAY, name)))
        assert lines == sorted(_made(name, OPEN_DAY).lines, key=lambda line: (line.camera, line.start))
        assert _store(world, name).next_day == OPEN_DAY + 2 * DAY
