from datetime import UTC, datetime, timedelta

import pytest

from counter.report.pending import due_number, with_pending
from ingest.registry.camera import Camera
from ingest.registry.opening_hours import parse
from ingest.registry.registered import RegisteredCamera
from ingest.registry.sampling import Sampling
from ingest.times import QUARTER_HOUR

DAY = datetime(2026, 11, 22, tzinfo=UTC)
SPAN = (DAY, DAY + timedelta(days=1))
SINCE = DAY - timedelta(days=30)


def camera(every: int = 300, hours: str = "mon-sun 09:05-10:00", since: datetime = SINCE) -> Camera:
    return Camera(
        "door", "north", since, area="floor", zones={}, sampling=Sampling(every, "UTC", parse(hours))
    )


@pytest.mark.parametrize("every", [1, 7, 11, 59, 60, 300, 840])
@pytest.mark.parametrize(
    "hours", ["mon-sun 09:05-10:00", "mon-sun 08:59-09:01 09:07-09:08", "mon-sat 00:00-24:00"]
)
def test_the_number_of_due_instants_is_exact_at_every_interval(every: int, hours: str) -> None:
    found = camera(every, hours)
    for number in range(32, 42):
        start = DAY + number * QUARTER_HOUR
        assert due_number(found, start, start + QUARTER_HOUR) == len(
            list(found.due(start, start + QUARTER_HOUR))
        )


def test_a_camera_that_is_new_within_the_quarter_hour_is_due_from_then_on() -> None:
    start = DAY + timedelta(hours=9, minutes=30)
    found = camera(1, since=start + timedelta(minutes=10))
    assert due_number(found, start, start + QUARTER_HOUR) == 300


def test_open_quarter_hours_get_lines_and_what_is_missing_of_lines() -> None:
    closed = DAY + timedelta(hours=9, minutes=15)
    part = {"camera": "door", "start": "2026-11-22T09:15:00Z", "due": 1, "counted": 1}
    lines = with_pending([part], [RegisteredCamera(camera(), closed_until=closed)], SPAN)
    assert [(line["start"][11:16], line["due"], line["counted"]) for line in lines] == [
        ("09:15", 3, 1), ("09:30", 3, 0), ("09:45", 3, 0),
    ]  # fmt: skip


def test_closed_quarter_hours_are_left_as_they_are() -> None:
    lines = with_pending([], [RegisteredCamera(camera(), closed_until=SPAN[1])], SPAN)
    assert lines == []
