"""When a KVS camera sends; `test_supervisor`, `test_camera_pool` and `test_bad_cameras` run it as a whole."""

from datetime import UTC, datetime

import pytest

from ingest.gateway.kvs_camera import is_wanted
from ingest.registry.camera import Camera
from ingest.registry.opening_hours import parse
from ingest.registry.sampling import Sampling

SINCE = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("time", "expected"),
    [("08:57", False), ("08:58", True), ("12:00", True), ("18:01", True), ("18:03", False)],
)
@pytest.mark.parametrize("enabled", [True, False])
@pytest.mark.parametrize("only_open", [True, False])
def test_video_is_sent_in_the_opening_hours_and_two_minutes_around_them(
    time: str, *, expected: bool, enabled: bool, only_open: bool
) -> None:
    sampling = Sampling(opening_hours=parse("mon-sun 09:00-18:00"), enabled=enabled)
    camera = Camera("door", "shop", SINCE, sampling=sampling)
    now = datetime.fromisoformat(f"2026-11-30T{time}:00+00:00")

    assert is_wanted(camera, now, only_open=only_open) == (enabled and (expected or not only_open))
