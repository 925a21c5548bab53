"""A camera's health from the tables."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from counter.diagnosis.darkness import Darkness
from counter.diagnosis.health import read_health
from counter.rows.coverage import Coverage
from counter.rows.items import quarter_to_item
from counter.rows.occupancy import QuarterHour
from ingest.frames.messages import GapReason
from ingest.times import QUARTER_HOUR
from tests.counter.rekognition import people
from tests.counter.tables import QUARTERS
from tests.counter.world import NOON, World, at, camera, event


@pytest.fixture
def calls(world: World) -> Iterator[list[str]]:
    """The tables that are queried."""
    queried: list[str] = []

    def note(params: dict[str, str], **_: object) -> None:
        queried.append(params["TableName"])

    events = world.dynamodb.meta.events
    events.register("provide-client-params.dynamodb.Query", note)
    yield queried
    events.unregister("provide-client-params.dynamodb.Query", note)


def counted(world: World, *minutes: float) -> None:
    world.count([event(f"m{n}", world.frame("till-1", at(n), people(99))) for n in minutes])


def close(world: World, now: datetime) -> datetime:
    world.close(now)
    until = world.registry.get("till-1").closed_until
    assert until
    return until


def test_a_camera_that_is_counted_needs_one_query(world: World, calls: list[str]) -> None:
    world.add(camera(since=NOON))
    counted(world, *range(0, 60, 5))
    until = close(world, at(75))
    calls.clear()
    health = read_health(world.table, "till-1", until)
    assert (health.coverage, health.darkness) == (Coverage(counted=12), None)
    assert calls == ["quarter-hours"]


def test_a_dark_camera_is_dark_since_its_first_gap(world: World, calls: list[str]) -> None:
    world.add(camera(since=NOON))
    counted(world, 0, 5, 10, 15, 20)
    until = close(world, at(120))
    calls.clear()
    darkness = read_health(world.table, "till-1", until).darkness
    assert darkness
    assert (darkness.since, darkness.reason) == (at(25), GapReason.NOT_PULLED)
    assert calls == ["quarter-hours", "occupancy"]


def test_a_camera_that_is_dark_for_days(world: World) -> None:
    for number in range(3 * 96):
        count, gaps = (3, {}) if number == 0 else (0, {GapReason.NO_MEDIA: 3})
        start = NOON + number * QUARTER_HOUR
        quarter = QuarterHour("till-1", start, "north", "till-1", count, gaps, 0, count * 300, {}, {})
        world.state.put_item(QUARTERS, quarter_to_item(quarter))
    health = read_health(world.table, "till-1", NOON + timedelta(days=3))
    assert health.coverage == Coverage(other_gaps=288)
    assert health.darkness == Darkness(at(15), GapReason.NO_MEDIA, 3 * 287, NOON, at(30))


def test_a_camera_without_any_count(world: World) -> None:
    world.add(camera(since=NOON))
    until = close(world, at(120))
    darkness = read_health(world.table, "till-1", until).darkness
    assert darkness
    assert (darkness.since, darkness.start, darkness.gaps) == (NOON, None, 21)
