"""A late frame: chosen so that its day is over, and its day file is judged by what it says."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from counter.rows.occupancy import Row
from infra.local.demo.late_frame import LATE_CAMERA, LateFinding, late_frame, late_problem
from infra.local.simulated_store.cameras.snapshots import SnapshotCamera
from ingest.frames.messages import GapReason
from ingest.times import from_text
from tests.infra.local.demo.test_score import row

NOW = from_text("2026-11-30T17:30:00Z")
UNIT = SnapshotCamera(LATE_CAMERA)
FRAME = late_frame(NOW, "demo", UNIT.truth)


@pytest.mark.parametrize(
    ("now", "day"),
    [
        ("2026-11-30T17:30:00Z", date(2026, 11, 29)),
        ("2026-11-30T12:05:00Z", date(2026, 11, 29)),
        ("2026-11-30T00:15:00Z", date(2026, 11, 29)),
        # The last quarter hour of the 29th is not closed yet.
        ("2026-11-30T00:14:59Z", date(2026, 11, 28)),
    ],
)
def test_it_is_of_the_last_day_that_is_closed(now: str, day: date) -> None:
    moment = from_text(now)
    frame = late_frame(moment, "demo", UNIT.truth)
    assert frame.day == day
    due = list(frame.camera.due(frame.camera.since, moment + timedelta(days=4)))
    assert frame.instant in due
    assert {instant.date() for instant in due} == {day}, "nothing is due while the demo runs"


def test_its_picture_shows_people_if_any_does() -> None:
    assert UNIT.truth(FRAME.instant.timestamp()) > 0
    assert late_frame(NOW, "demo", lambda _: 0).instant == FRAME.camera.since


def counted(instant: datetime, count: int | None) -> list[Row]:
    reason = GapReason.NO_FRAME if count is None else None
    return [replace(row(0, count, reason), instant=instant)]


BEFORE = {"counted": 0, "due": 15, "maximum": None}
AFTER = {"counted": 1, "due": 15, "maximum": 2}


@pytest.mark.parametrize(
    ("rows", "before", "after", "sentence"),
    [
        (counted(FRAME.instant, 2), BEFORE, AFTER, None),
        (
            counted(FRAME.instant, 2),
            None,
            AFTER,
            "the day file of 2026-11-29 was not written before the late",
        ),
        (counted(FRAME.instant, None), BEFORE, BEFORE, "has not been counted"),
        ([], BEFORE, BEFORE, "has not been counted"),
        (
            counted(FRAME.instant, 2),
            BEFORE,
            BEFORE,
            "the day file of 2026-11-29 does not have the late frame",
        ),
        (counted(FRAME.instant, 2), BEFORE, None, "the day file of 2026-11-29 does not have the late frame"),
        (counted(FRAME.instant, 3), BEFORE, AFTER, "has another count of the late frame"),
        (counted(FRAME.instant, 2), BEFORE, AFTER | {"due": 14}, "has another count of the late frame"),
    ],
)
def test_what_came_of_it(
    rows: list[Row], before: Mapping[str, Any] | None, after: Mapping[str, Any] | None, sentence: str | None
) -> None:
    problem = late_problem(LateFinding(FRAME, rows, before, after))
    assert problem is None if sentence is None else problem is not None and sentence in problem
