"""Units that still run the original function: keys with spaces and colons, times by the shop's clock."""

from datetime import UTC, datetime, timedelta

import pytest

from ingest.registry.camera import Source
from ingest.registry.sampling import Sampling
from tests.counter.rekognition import people
from tests.counter.world import World, camera, event, failed, new_world

BERLIN = "Europe/Berlin"
HOUR = timedelta(hours=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def a_unit(world: World, since: datetime, every: int = 300) -> None:
    sampling = Sampling(every, BERLIN)
    world.add(camera("till-1", since=since, sampling=sampling, source=Source.PUSH, original_deeplens=True))


def counted(world: World, device_time: str, came: datetime, number: int = 1) -> None:
    """The unit's frame in the bucket, and its event, whose key is form-encoded."""
    key = world.put(f"frame/{device_time}.jpg", people(*[99] * number))
    message = event(key, key, at=came)
    assert "+" in message.body
    assert "%3A" in message.body
    assert failed(world.count([message], came)) == []


@pytest.mark.parametrize(
    ("device_time", "instant"),
    [
        pytest.param("2026-03-28 12:00:01.250000", "2026-03-28T11:00", id="winter"),
        pytest.param("2026-03-29 01:59:58.900000", "2026-03-29T01:00", id="the last before spring"),
        pytest.param("2026-03-29 03:00:02.000001", "2026-03-29T01:00", id="the first of summer time"),
        pytest.param("2026-07-01 12:00:01", "2026-07-01T10:00", id="summer, a whole second"),
        pytest.param("2026-10-25 01:59:59.500000", "2026-10-25T00:00", id="before the hour that comes twice"),
        pytest.param("2026-10-25 03:00:01.000000", "2026-10-25T02:00", id="after it"),
        pytest.param("2026-10-24 12:02:29.000000", "2026-10-24T10:00", id="nearest instant before"),
        pytest.param("2026-10-24 11:57:31.000000", "2026-10-24T10:00", id="nearest instant after"),
    ],
)
def test_the_instant_is_that_of_the_shops_clock(device_time: str, instant: str) -> None:
    with new_world() as world:
        a_unit(world, utc(instant) - 24 * HOUR)
        counted(world, device_time, utc(instant) + timedelta(seconds=200))
        assert [(row.instant, row.count) for row in world.rows()] == [(utc(instant), 1)]
        assert (world.keys_left(), world.dead_letters()) == ([], [])


def test_every_instant_of_the_night_when_the_hour_comes_twice() -> None:
    """Each frame is read at the time nearest to its event; not one is lost or counted for another."""
    start, end = utc("2026-10-24T23:00"), utc("2026-10-25T03:00")
    with new_world() as world:
        a_unit(world, start)
        taken = [start + timedelta(seconds=300 * n) for n in range(int((end - start) / timedelta(minutes=5)))]
        for number, instant in enumerate(taken):
            local = instant + (2 if instant < utc("2026-10-25T01:00") else 1) * HOUR
            counted(
                world,
                f"{local:%Y-%m-%d %H:%M}:00.{number + 100:06d}",
                instant + timedelta(seconds=2),
                number % 3,
            )
        assert [(row.instant, row.count) for row in world.rows()] == [
            (instant, number % 3) for number, instant in enumerate(taken)
        ]


def test_every_instant_of_the_night_when_an_hour_is_left_out() -> None:
    start = utc("2026-03-28T23:00")
    with new_world() as world:
        a_unit(world, start)
        taken = [start + timedelta(seconds=300 * n) for n in range(48)]
        for instant in taken:
            local = instant + (1 if instant < utc("2026-03-29T01:00") else 2) * HOUR
            counted(world, f"{local:%Y-%m-%d %H:%M}:01.000000", instant + timedelta(seconds=2))
        assert [row.instant for row in world.rows()] == taken


def test_a_second_unit_is_named_with_the_way_out(caplog: pytest.LogCaptureFixture) -> None:
    noon = utc("2026-07-01T10:00")
    with new_world() as world:
        a_unit(world, noon - HOUR)
        keys = [world.put(f"frame/2026-07-01 12:00:{second:02d}.000000.jpg", people()) for second in (1, 40)]
        batch = world.count([event(key, key, at=noon + timedelta(minutes=1)) for key in keys], noon + HOUR)
        assert batch.tally["SecondOriginalDeepLens"] == 1
        assert [row.instant for row in world.rows()] == [noon]
        assert world.keys_left() == []
    assert "a second unit sends under its name" in caplog.text
    assert "install this version on one of the units (docs/deeplens.md)" in caplog.text
