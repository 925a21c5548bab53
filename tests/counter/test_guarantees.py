"""Guarantees 1 to 4 for this hop: delivered twice, shuffled, killed anywhere, killed on the last delivery."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from random import Random

import pytest

from counter.counting import batch as steps
from counter.counting.messages import Message
from counter.rows.occupancy import QuarterHour, Row
from ingest.frames.messages import GapNotice, GapReason
from tests.counter.rekognition import people, person_label, response
from tests.counter.world import NOON, Cloud, World, at, camera, event, failed, notice, world_in
from tests.killing import Killed, Killer
from tests.moto_state import Snapshot

SOON = at(20)
CLOSING = at(45)


@dataclass(frozen=True)
class Stored:
    """Everything that the counter and the closing have stored."""

    rows: list[Row]
    roll_ups: list[QuarterHour]
    keys: list[str]
    dead_letters: list[tuple[str, str]]


@dataclass(frozen=True)
class Shop:
    """Two cameras, and a batch that is stored but not counted. `points` are the steps to kill it at."""

    start: Snapshot
    messages: list[Message]
    points: range
    expected: Stored
    """What the batch leads to, delivered once."""


def stored(world: World) -> Stored:
    return Stored(world.rows(), world.roll_ups(), world.keys_left(), world.dead_letters())


def open_shop(world: World) -> list[Message]:
    """Two cameras, and a batch with everything that may happen to a frame."""
    world.add(camera("till-1", since=NOON), camera("till-2", since=NOON, stream_name="two"))
    world.count([event("before", world.frame("till-1", at(0), people(99)))], SOON)
    millis = int(at(5).timestamp() * 1000)
    frames = {
        "count": world.frame("till-1", at(5), people(99, 98)),
        "unreadable": world.frame("till-1", at(10), {"error": "InvalidImageFormatException"}),
        "not localised": world.frame("till-2", at(0), response([person_label([])])),
        "kvs image": world.put(f"frame/x_123456789012_two_{millis}_ab.jpg", people()),
        "counted before": world.frame("till-1", at(0), people(99, 99)),
        "not due": world.frame("till-1", at(1), people(99)),
        "other quarter": world.frame("till-1", at(15), people(97)),
    }
    return [
        *(event(name, key) for name, key in frames.items()),
        notice("notice", GapNotice("till-2", at(10), GapReason.MEDIA_ERROR)),
        Message("garbage", "?"),
    ]


@contextmanager
def killing(world: World, survive: int | None = None) -> Iterator[Killer]:
    """Kill the code inside after this many steps, or only count its steps."""
    killer = Killer(survive)
    killer.watch(*world.clients.all())
    try:
        yield killer
    finally:
        killer.unwatch(*world.clients.all())


@pytest.fixture(scope="module")
def shop(cloud: Cloud) -> Shop:
    """The shop, and how its batch ends when nothing goes wrong."""
    with world_in(cloud) as world:
        messages = open_shop(world)
        start = world.state.snapshot()
        with killing(world) as killer:
            world.count(messages, SOON)
        # Every second step: a kill after a call has returned is a kill before the next call leaves.
        return Shop(start, messages, range(0, killer.steps, 2), stored(world))


@pytest.fixture
def opened(world: World, shop: Shop) -> World:
    """The world with the shop in it."""
    world.state.restore(shop.start)
    return world


def test_the_batch_as_it_should_end(shop: Shop) -> None:
    assert [(row.camera_id, row.count, row.reason) for row in shop.expected.rows] == [
        ("till-1", 1, None),
        ("till-1", 2, None),
        ("till-1", None, "unreadable_image"),
        ("till-1", 1, None),
        ("till-2", None, "not_localised"),
        ("till-2", 0, None),
        ("till-2", None, "media_error"),
    ]
    assert shop.expected.keys == []
    assert len(shop.expected.dead_letters) == 1


@pytest.mark.parametrize("seed", range(4))
def test_delivered_twice_and_shuffled_changes_nothing(opened: World, shop: Shop, seed: int) -> None:
    twice = Random(seed).sample([*shop.messages, *shop.messages], 2 * len(shop.messages))
    for first in range(0, len(twice), 5):
        assert failed(opened.count(twice[first : first + 5], SOON)) == []
    ended = stored(opened)
    assert (ended.rows, ended.roll_ups, ended.keys) == (shop.expected.rows, shop.expected.roll_ups, [])
    assert ended.roll_ups == opened.expected_roll_ups()


def killed_at(world: World, messages: list[Message], survive: int) -> None:
    with killing(world, survive), pytest.raises(Killed):
        world.count(messages, SOON)


def killed_at_each_point(world: World, shop: Shop) -> Iterator[int]:
    """Kill the batch of a fresh shop at one point after the other."""
    for point in shop.points:
        world.state.restore(shop.start)
        killed_at(world, shop.messages, point)
        yield point


def test_killed_anywhere_and_run_again(world: World, shop: Shop) -> None:
    assert len(shop.points) > 20
    for _ in killed_at_each_point(world, shop):
        assert nothing_is_lost(world)
        assert failed(world.count(shop.messages, SOON)) == []
        ended = stored(world)
        assert (ended.rows, ended.roll_ups, ended.keys) == (
            shop.expected.rows,
            shop.expected.roll_ups,
            shop.expected.keys,
        )


def nothing_is_lost(world: World) -> bool:
    """The frame of 12:05 exists, or its row and an up-to-date roll-up do."""
    found = {quarter.start: quarter for quarter in world.roll_ups() if quarter.camera_id == "till-1"}
    expected = {
        quarter.start: quarter for quarter in world.expected_roll_ups() if quarter.camera_id == "till-1"
    }
    gone = not any("120459600Z" in key for key in world.keys_left())
    return not gone or found[NOON].counted == expected[NOON].counted


def test_killed_on_the_last_delivery_the_closing_completes_it(opened: World, shop: Shop) -> None:
    """Redriving the message from the dead-letter queue then gives the same end as without the kill."""
    opened.count(shop.messages, SOON)
    opened.close(CLOSING)
    expected = stored(opened)
    for _ in killed_at_each_point(opened, shop):
        result = opened.close(CLOSING)
        assert (result.overdue, result.failures) == (0, {})
        assert_one_row_for_each_due_instant(opened)
        assert opened.roll_ups() == opened.expected_roll_ups()
        assert waiting_frames_are_gaps(opened)
        assert failed(opened.count(shop.messages, CLOSING)) == []
        assert counts(opened.rows()) == counts(expected.rows)
        assert opened.roll_ups() == opened.expected_roll_ups()
        assert opened.keys_left() == []


def counts(rows: list[Row]) -> list[tuple[str, int | None]]:
    return [(row.camera_id, row.count) for row in rows]


def assert_one_row_for_each_due_instant(world: World) -> None:
    for name in ("till-1", "till-2"):
        due = list(world.registry.get(name).camera.due(NOON, at(30)))
        assert [row.instant for row in world.rows() if row.camera_id == name] == due


def waiting_frames_are_gaps(world: World) -> bool:
    """No frame is left whose instant is counted."""
    waiting = [key for key in world.keys_left() if "_123456789012_" not in key]
    gaps = [row for row in world.rows() if row.reason is GapReason.NOT_COUNTED]
    return all(any(f"{row.instant:%Y%m%dT%H%M%S}000Z_" in key for row in gaps) for key in waiting)


def test_a_closing_killed_anywhere_and_run_again(opened: World, shop: Shop) -> None:
    def prepare() -> None:
        opened.state.restore(shop.start)
        killed_at(opened, shop.messages, 34)

    prepare()
    with killing(opened) as killer:
        opened.close(CLOSING)
    expected = stored(opened)
    assert killer.steps > 20
    for point in range(0, killer.steps, 2):
        prepare()
        with killing(opened, point), pytest.raises(Killed):
            opened.close(CLOSING)
        assert opened.close(CLOSING).overdue == 0
        assert_one_row_for_each_due_instant(opened)
        assert (opened.roll_ups(), opened.keys_left()) == (opened.expected_roll_ups(), expected.keys)


def test_the_wrong_order_of_the_steps_is_found(
    world: World, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tests above can fail: with two steps swapped, a kill loses a frame that was never counted."""
    monkeypatch.setattr(steps, "STEPS", (steps.delete_frames, steps.store_rows, steps.put_roll_ups))
    for _ in killed_at_each_point(world, shop):
        world.count(shop.messages, SOON)
        if world.counts()["12:05:00"] != 2:
            return
    pytest.fail("no kill lost anything")


def test_eight_counters_and_two_closings_at_once(world: World) -> None:
    world.add(camera(since=NOON, every=20))
    due = list(world.registry.get("till-1").camera.due(NOON, at(15)))
    counted = due[: 2 * len(due) // 3]
    keys = [world.frame("till-1", instant, people(*[99] * (n % 3))) for n, instant in enumerate(counted)]
    messages = [event(key, key) for key in keys for _ in range(2)]
    shuffled = Random(3).sample(messages, len(messages))
    with ThreadPoolExecutor(10) as threads:
        counters = [threads.submit(world.count, shuffled[k::8]) for k in range(8)]
        closings = [threads.submit(world.close, at(30)) for _ in range(2)]
    again = {message for done in counters for message in done.result().failed_messages}
    assert failed(world.count([event(key, key) for key in again])) == []
    assert all(done.result().overdue == 0 for done in closings)
    world.close(at(30) + timedelta(minutes=15))
    rows = [row for row in world.rows() if row.instant < at(15)]
    assert [row.count for row in rows[: len(counted)]] == [n % 3 for n in range(len(counted))]
    assert len(rows) == len(due)
    assert world.roll_ups() == world.expected_roll_ups()
    assert world.keys_left() == []
