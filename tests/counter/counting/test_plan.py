from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from counter.counting.plan import (
    DetectionTask,
    Plan,
    ReceivedFrame,
    ReceivedNotice,
    StorageTask,
    decide,
    row_keys,
)
from counter.rows.new_rows import counted_row, gap_row
from counter.rows.occupancy import Row, RowKey
from counter.rows.people import Detection
from counter.rows.placing import Frame
from ingest.frames.messages import GapReason
from ingest.registry.camera import Camera, Source
from tests.counter.world import NOON, RETENTION, at, camera, frame_key

TILL = camera()
LENS = camera("lens", source=Source.PUSH, original_deeplens=True)
QUARTER = ("till-1", NOON)


def frame(instant: datetime | None, owner: Camera = TILL, before: float = 0.4, key: str = "") -> Frame:
    """A frame `before` seconds older than its instant."""
    text = key or frame_key(owner.camera_id, instant or NOON, before)
    return Frame(text, owner, instant, (instant or NOON) - timedelta(seconds=before), owner.original_deeplens)


def received(*frames: Frame) -> list[ReceivedFrame]:
    """Each frame in a message named after its position: m0, m1 ..."""
    return [ReceivedFrame(f"m{number}", member) for number, member in enumerate(frames)]


def counted(of: Frame) -> dict[RowKey, Row]:
    assert of.instant
    row = counted_row(of, of.instant, Detection((), "rekognition/3.0"), RETENTION)
    return {(row.camera_id, row.instant): row}


def gap(owner: Camera, instant: datetime, reason: GapReason = GapReason.NO_MEDIA) -> dict[RowKey, Row]:
    return {(owner.camera_id, instant): gap_row(owner, instant, reason, RETENTION)}


def plan(
    frames: Sequence[ReceivedFrame] = (), notices: Sequence[ReceivedNotice] = (), rows: Any = None
) -> Plan:
    return decide(frames, notices, rows or {}, RETENTION)


def messages(*names: str) -> frozenset[str]:
    return frozenset(names)


def test_a_due_instant_without_a_row_is_detected() -> None:
    new = frame(at(5))
    found = plan(received(new))
    assert found == Plan((DetectionTask(messages("m0"), TILL, at(5), (new,)),), (), found.tally)
    assert not found.tally
    row = gap_row(TILL, at(5), GapReason.EXPIRED, RETENTION)
    assert found.detection_tasks[0].storage_task(row) == StorageTask(messages("m0"), row, QUARTER, (new.key,))
    assert found.detection_tasks[0].storage_task(None) == StorageTask(
        messages("m0"), None, QUARTER, (new.key,)
    )


def test_an_instant_already_counted_needs_only_its_roll_up_and_the_deletion() -> None:
    again = frame(at(5))
    found = plan(received(again), rows=counted(again))
    assert (found.detection_tasks, found.tally) == ((), {"AlreadyCounted": 1})
    assert found.storage_tasks == (StorageTask(messages("m0"), None, QUARTER, (again.key,)),)


@pytest.mark.parametrize("instant", [at(1), NOON - timedelta(days=30), None])
def test_an_instant_that_is_not_due_needs_only_the_deletion(instant: datetime | None) -> None:
    stray = frame(instant)
    found = plan(received(stray))
    assert (found.detection_tasks, found.tally) == ((), {"NotDue": 1})
    assert found.storage_tasks == (StorageTask(messages("m0"), keys=(stray.key,)),)


def test_each_frame_of_instants_that_are_not_due_is_tallied() -> None:
    assert plan(received(frame(at(1)), frame(NOON - timedelta(days=30)))).tally == {"NotDue": 2}


@pytest.mark.parametrize("reason", GapReason)
def test_a_gap_is_detected(reason: GapReason) -> None:
    late = frame(at(5))
    found = plan(received(late), rows=gap(TILL, at(5), reason))
    assert [task.frames for task in found.detection_tasks] == [(late,)]


def test_a_gap_is_detected_even_if_the_settings_no_longer_say_that_it_was_due() -> None:
    assert not TILL.is_due(at(1))
    late = frame(at(1))
    assert len(plan(received(late), rows=gap(TILL, at(1))).detection_tasks) == 1


def test_the_frames_of_an_instant_are_one_task_with_the_nearest_first() -> None:
    frames = [frame(at(5), before=before) for before in (0.4, 3, -0.2, 0.4)]
    frames[3] = replace(frames[3], key="frame/a.jpg")  # as far as the first, and before it in the alphabet
    best = [frames[2], frames[3], frames[0], frames[1]]
    for order in permutations(frames):
        [task] = plan(received(*order)).detection_tasks
        assert (list(task.frames), task.messages) == (best, messages("m0", "m1", "m2", "m3"))


def test_a_frame_whose_message_comes_twice_is_looked_at_once() -> None:
    new = frame(at(5))
    [task] = plan(received(new, new)).detection_tasks
    assert (task.frames, task.messages) == ((new,), messages("m0", "m1"))


def test_cameras_and_instants_are_kept_apart() -> None:
    other = camera("till-2")
    frames = [frame(at(0)), frame(at(0), other), frame(at(5)), frame(at(15))]
    tasks = plan(received(*frames)).detection_tasks
    assert [task.frames for task in tasks] == [(member,) for member in frames]
    assert [task.storage_task(None).quarter for task in tasks] == [
        ("till-1", at(0)),
        ("till-2", at(0)),
        ("till-1", at(0)),
        ("till-1", at(15)),
    ]


@pytest.mark.parametrize(
    ("instant", "rows", "task"),
    [
        (at(0), counted(frame(at(0))), StorageTask(messages("n"), None, QUARTER)),
        (at(5), gap(TILL, at(5), GapReason.EXPIRED), StorageTask(messages("n"), None, QUARTER)),
        (at(6), {}, StorageTask(messages("n"))),
        (
            at(5),
            {},
            StorageTask(messages("n"), gap_row(TILL, at(5), GapReason.MEDIA_ERROR, RETENTION), QUARTER),
        ),
    ],
    ids=["counted", "a gap already", "not due", "new"],
)
def test_a_gap_notice(instant: datetime, rows: dict[RowKey, Row], task: StorageTask) -> None:
    found = plan(notices=[ReceivedNotice("n", TILL, instant, GapReason.MEDIA_ERROR)], rows=rows)
    assert (found.detection_tasks, found.storage_tasks) == ((), (task,))


@pytest.mark.parametrize(
    ("frames", "row", "expected"),
    [
        ([frame(at(0), LENS, -1)], None, 0),
        ([frame(at(0), LENS, -1), frame(at(0), LENS, -1)], None, 0),
        ([frame(at(0), LENS, -1)], frame(at(0), LENS, -1), 0),
        ([frame(at(0), LENS, -90)], frame(at(0), LENS, -1), 1),
        ([frame(at(5), LENS, 30), frame(at(5), LENS, -30)], None, 1),
        ([frame(at(5), TILL, 30), frame(at(5), TILL, 3)], None, 0),
    ],
    ids=["one", "twice", "again", "another time than the row's", "two times", "not an original unit"],
)
def test_a_second_unit_with_the_original_function_is_noticed(
    frames: list[Frame], row: Frame | None, expected: int
) -> None:
    found = plan(received(*frames), rows=counted(row) if row else {})
    assert found.tally["SecondOriginalDeepLens"] == expected
    assert found.second_units == ("lens",) * expected


def test_a_second_unit_without_a_due_instant_is_not_noticed() -> None:
    assert plan(received(frame(None, LENS), frame(None, LENS, 9))).second_units == ()


def test_row_keys() -> None:
    frames = received(frame(at(0)), frame(None), frame(at(0), before=2), frame(at(5), camera("till-2")))
    notices = [ReceivedNotice("n", TILL, at(10), GapReason.NO_MEDIA)]
    compared = {("till-1", at(-5)), ("till-1", at(-10)), ("till-2", at(0)), ("till-2", at(-5))}
    assert row_keys(frames, notices) == compared | {
        ("till-1", at(0)),
        ("till-2", at(5)),
        ("till-1", at(10)),
    }
