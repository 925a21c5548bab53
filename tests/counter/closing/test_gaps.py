from datetime import datetime

import pytest

from counter.closing.gaps import missing, reason, slices
from counter.rows.new_rows import gap_row
from counter.rows.quarters import closable_until
from ingest.frames.messages import GapReason
from ingest.registry.camera import Source
from ingest.registry.registered import PullCursor, RegisteredCamera
from tests.counter.world import RETENTION, at, camera


@pytest.mark.parametrize(
    ("now", "until"), [(at(30), at(15)), (at(44.99), at(15)), (at(45), at(30)), (at(31), at(15))]
)
def test_closable_until(now: datetime, until: datetime) -> None:
    assert closable_until(now) == until


def test_slices_are_bounded_and_leave_nothing_out() -> None:
    assert list(slices(at(0), at(0))) == []
    assert list(slices(at(15), at(0))) == []
    assert list(slices(at(0), at(15))) == [(at(0), at(15))]
    assert list(slices(at(0), at(600))) == [(at(0), at(240)), (at(240), at(480)), (at(480), at(600))]


def test_missing() -> None:
    one = camera(since=at(5))
    rows = [gap_row(one, at(10), GapReason.NO_MEDIA, RETENTION)]
    assert missing(one, at(0), at(20), rows) == [at(5), at(15)]


@pytest.mark.parametrize(
    ("source", "looked", "waiting", "expected"),
    [
        (Source.KVS, None, False, GapReason.NOT_PULLED),
        (Source.KVS, at(5.99), False, GapReason.NOT_PULLED),
        (Source.KVS, at(6), False, GapReason.NO_MEDIA),
        (Source.KVS, None, True, GapReason.NOT_COUNTED),
        (Source.PUSH, None, False, GapReason.NO_FRAME),
        (Source.PUSH, None, True, GapReason.NOT_COUNTED),
    ],
)
def test_reason(source: Source, looked: datetime | None, waiting: bool, expected: GapReason) -> None:
    registered = RegisteredCamera(camera(source=source), cursor=PullCursor(looked))
    keys = {("till-1", at(5))} if waiting else set()
    assert reason(registered, at(5), keys) is expected
