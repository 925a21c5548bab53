"""One camera's closing, on the wire; its decisions are in test_gaps.py."""

import pytest

from ingest.aws.dynamodb import to_item
from tests.counter.rekognition import people
from tests.counter.world import NOON, World, at, camera, event


def test_closing_goes_on_where_it_stopped(world: World) -> None:
    world.add(camera(since=NOON))
    assert world.close(at(8 * 60 + 15)).gaps == {"not_pulled": 96}
    world.close(at(8 * 60 + 30))
    result = world.close(at(8 * 60 + 30))
    assert (result.gaps, result.overdue) == ({}, 0)
    assert len(world.rows()) == 99
    assert world.roll_ups() == world.expected_roll_ups()


def test_what_was_done_before_the_time_ran_out_is_not_overdue(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.add(camera(since=NOON))
    world.count([event("m", world.frame("till-1", at(0), people(99)))])
    left = [False, False, False, True]
    assert world.close(at(45), out_of_time=lambda: left.pop(0) if left else True).overdue == 3
    assert world.counts() == {"12:00:00": 1, "12:05:00": "not_pulled", "12:10:00": "not_pulled"}


def test_a_roll_up_whose_writer_died_is_repaired(world: World) -> None:
    world.add(camera(since=NOON))
    world.count([event(f"m{n}", world.frame("till-1", at(5 * n), people(99))) for n in range(3)])
    world.dynamodb.delete_item(
        TableName="quarter-hours",
        Key=to_item({"CameraId": "till-1", "QuarterStart": "2026-11-22T12:00:00.000Z"}),
    )
    assert world.close(at(30)).gaps == {}
    assert world.roll_ups() == world.expected_roll_ups()
    assert len(world.roll_ups()) == 1


def test_two_closings_at_once_agree(world: World) -> None:
    world.add(camera(since=NOON))
    stale = list(world.registry.scan())
    world.close(at(45))
    world.registry.scan = lambda: iter(stale)  # type: ignore[method-assign] # the other run read before
    result = world.close(at(30))
    assert (result.gaps, result.overdue) == ({}, 0)
    assert world.registry.get("till-1").closed_until == at(30)
    assert world.roll_ups() == world.expected_roll_ups()
