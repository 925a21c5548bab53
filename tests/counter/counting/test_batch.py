from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

import pytest

from counter.counting import batch as steps
from counter.counting.batch import Batch, run_steps
from counter.counting.plan import StorageTask
from counter.rows.new_rows import counted_row, gap_row
from counter.rows.occupancy import Row
from counter.rows.people import Detection
from counter.rows.placing import Frame
from ingest.frames.messages import GapReason
from tests.counter.tables import OCCUPANCY, QUARTERS
from tests.counter.world import NOON, RETENTION, World, at, camera, failed, frame_key

TILL = camera()


@pytest.fixture
def batch(world: World) -> Iterator[Batch]:
    with ThreadPoolExecutor(4) as threads:
        yield Batch(world.dependencies, threads, NOON)


def counted(instant: datetime) -> Row:
    frame = Frame(frame_key("till-1", instant), TILL, instant, instant)
    return counted_row(frame, instant, Detection((), "rekognition/3.0"), RETENTION)


def task(message: str, row: Row | None, *keys: str) -> StorageTask:
    return StorageTask(frozenset({message}), row, ("till-1", NOON), keys)


def test_the_order_of_the_steps_is_the_guarantee() -> None:
    assert (steps.store_rows, steps.put_roll_ups, steps.delete_frames) == steps.STEPS


def test_rows_roll_ups_and_deletion(world: World, batch: Batch) -> None:
    keys = [world.frame("till-1", at(minute), {}) for minute in (0, 5)]
    gap = gap_row(TILL, at(5), GapReason.NOT_LOCALISED, RETENTION)
    run_steps(batch, [task("a", counted(at(0)), keys[0]), task("b", gap, keys[1])])
    assert failed(batch) == []
    assert world.counts() == {"12:00:00": 0, "12:05:00": "not_localised"}
    assert world.roll_ups() == world.expected_roll_ups()
    assert world.keys_left() == []
    assert (batch.tally, batch.gaps) == ({"Counted": 1}, {GapReason.NOT_LOCALISED: 1})


def test_a_row_that_another_invocation_put_first_is_a_success(world: World, batch: Batch) -> None:
    world.table.put(replace(counted(at(0)), count=3))
    key = world.frame("till-1", at(0), {})
    run_steps(batch, [task("a", counted(at(0)), key)])
    assert (failed(batch), batch.tally["Counted"]) == ([], 0)
    assert world.counts() == {"12:00:00": 3}
    assert world.roll_ups() == world.expected_roll_ups()
    assert world.keys_left() == []


@contextmanager
def refusing_puts(world: World, table: str) -> Iterator[None]:
    """DynamoDB fails to put items of 12:00 into a table."""

    def refuse(params: dict[str, object], **_: object) -> None:
        body = str(params["body"])
        if f'"{table}"' in body and "T12:00" in body:
            raise world.dynamodb.exceptions.InternalServerError(
                {"Error": {"Code": "InternalServerError", "Message": "no"}}, "PutItem"
            )

    world.dynamodb.meta.events.register("before-call.dynamodb.PutItem", refuse)
    yield
    world.dynamodb.meta.events.unregister("before-call.dynamodb.PutItem", refuse)


@pytest.mark.parametrize(
    ("table", "counts"),
    [(OCCUPANCY, {"12:15:00": 0}), (QUARTERS, {"12:00:00": 0, "12:15:00": 0})],
    ids=["rows", "roll-ups"],
)
def test_a_step_that_fails_for_a_task_keeps_its_frame_and_stops_no_other(
    world: World, batch: Batch, table: str, counts: dict[str, int]
) -> None:
    keys = [world.frame("till-1", at(minute), {}) for minute in (0, 15)]
    tasks = [task("a", counted(at(0)), keys[0]), task("b", counted(at(15)), keys[1])]
    tasks[1] = replace(tasks[1], quarter=("till-1", at(15)))
    with refusing_puts(world, table):
        run_steps(batch, tasks)
    assert (failed(batch), dict(batch.failures)) == (["a"], {"PutItem: InternalServerError": [keys[0]]})
    assert world.keys_left() == [keys[0]]
    assert world.counts() == counts


def test_a_failure_of_a_task_without_frames_names_the_camera(world: World, batch: Batch) -> None:
    with refusing_puts(world, OCCUPANCY):
        run_steps(batch, [task("a", gap_row(TILL, at(0), GapReason.NO_MEDIA, RETENTION))])
    assert (failed(batch), dict(batch.failures)) == (["a"], {"PutItem: InternalServerError": ["till-1"]})


def test_a_frame_that_s3_did_not_delete_is_retried(
    world: World, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = [world.frame("till-1", at(minute), {}) for minute in (0, 5)]
    answer = {"Errors": [{"Key": keys[1], "Code": "InternalError", "Message": "We encountered an error"}]}
    monkeypatch.setattr(world.s3, "delete_objects", lambda **_: answer)
    run_steps(batch, [task("a", counted(at(0)), keys[0]), task("b", counted(at(5)), keys[1])])
    assert (failed(batch), dict(batch.failures)) == (["b"], {"InternalError": [keys[1]]})
