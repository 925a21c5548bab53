from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from counter.recount.entries import RecountEntries
from counter.recount.entry import LEASE, Recount, RecountRuns, RecountTaken, RecountUnfinished
from tests.counter.recount.past import entries as entries_of
from tests.counter.world import World

START = datetime(2026, 11, 1, tzinfo=UTC)
END, HALF = START + timedelta(days=30), START + timedelta(days=15)
NOW = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
WANTED = Recount("till-1", START, END, "aa", 80.0, START, START)


@pytest.fixture
def entries(world: World) -> RecountEntries:
    return entries_of(world)


def test_from_its_begin_to_its_end(entries: RecountEntries) -> None:
    assert entries.get("till-1") is None
    begun = entries.begin(WANTED, "me", NOW)
    assert entries.get("till-1") == begun == WANTED.owned("me", NOW)
    half = entries.advance(begun, HALF, END, NOW + LEASE / 2)
    assert (half.done, half.reaching, half.expires) == (HALF, END, NOW + 1.5 * LEASE)
    assert list(entries.all()) == [half]
    entries.end(half)
    assert list(entries.all()) == []


def test_only_one_begins(entries: RecountEntries) -> None:
    entries.begin(WANTED, "me", NOW)
    with pytest.raises(RecountRuns):
        entries.begin(WANTED, "you", NOW)
    with pytest.raises(RecountUnfinished):
        entries.begin(replace(WANTED, end=HALF), "you", NOW + LEASE)


def test_of_two_that_begin_at_once_the_second_is_refused(
    entries: RecountEntries, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have read that there is no entry."""
    found = entries.get("till-1")
    entries.begin(WANTED, "me", NOW)
    answers = iter([found])
    real = entries.get
    monkeypatch.setattr(entries, "get", lambda name: next(answers, None) or real(name))
    with pytest.raises(RecountRuns):
        entries.begin(WANTED, "you", NOW)
    assert real("till-1") == WANTED.owned("me", NOW)


def test_a_killed_one_is_taken_over_where_it_was(entries: RecountEntries) -> None:
    begun = entries.begin(WANTED, "killed", NOW)
    entries.advance(begun, HALF, END, NOW)
    taken = entries.begin(WANTED, "me", NOW + LEASE)
    assert (taken.owner, taken.done, taken.reaching) == ("me", HALF, END)
    with pytest.raises(RecountTaken):
        entries.advance(begun, HALF, END, NOW + LEASE)
    with pytest.raises(RecountTaken):
        entries.end(begun)


def test_a_stopped_one_is_taken_over_at_once(entries: RecountEntries) -> None:
    begun = entries.begin(WANTED, "stopped", NOW)
    entries.advance(begun, HALF, END, NOW)
    entries.release("till-1", "stopped")
    taken = entries.begin(WANTED, "me", NOW)
    assert (taken.done, taken.owner) == (HALF, "me")
    entries.release("till-1", "stopped")
    assert entries.get("till-1") == taken


def test_only_one_that_has_touched_no_row_is_withdrawn(entries: RecountEntries) -> None:
    entries.begin(WANTED, "me", NOW)
    assert not entries.withdraw("till-1", "you")
    assert entries.withdraw("till-1", "me")
    assert entries.get("till-1") is None
    assert not entries.withdraw("till-1", "me")
    begun = entries.begin(WANTED, "me", NOW)
    half = entries.advance(begun, START, HALF, NOW)
    assert not entries.withdraw("till-1", "me")
    assert entries.get("till-1") == half
    again = entries.begin(replace(WANTED, rule="bb"), "you", NOW + LEASE)
    assert not entries.withdraw("till-1", "you")
    assert entries.get("till-1") == again
    assert (again.done, again.reaching) == (START, HALF)


def test_a_write_whose_answer_was_lost_is_no_other_command(entries: RecountEntries, world: World) -> None:
    """The client repeats it, and the condition fails because of the first try."""
    calls: Any = {"PutItem": world.dynamodb.put_item, "DeleteItem": world.dynamodb.delete_item}

    def twice(params: Any, model: Any, **_: Any) -> None:
        if repeated and model.name in calls:
            repeated.pop()
            calls[model.name](**arguments[-1])

    def remember(params: Any, **_: Any) -> None:
        arguments.append(dict(params))

    arguments: list[Any] = []
    repeated: list[bool] = []
    world.dynamodb.meta.events.register("before-parameter-build.dynamodb", remember)
    world.dynamodb.meta.events.register("before-call.dynamodb", twice)
    try:
        repeated.append(True)
        begun = entries.begin(WANTED, "me", NOW)
        repeated.append(True)
        half = entries.advance(begun, HALF, END, NOW)
        repeated.append(True)
        entries.end(half)
    finally:
        world.dynamodb.meta.events.unregister("before-parameter-build.dynamodb", remember)
        world.dynamodb.meta.events.unregister("before-call.dynamodb", twice)
    assert list(entries.all()) == []


def test_entries_of_all_cameras(entries: RecountEntries) -> None:
    for name in ("b", "a", "c"):
        entries.begin(replace(WANTED, camera_id=name), "me", NOW)
    assert [recount.camera_id for recount in entries.all()] == ["a", "b", "c"]
