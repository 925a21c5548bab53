from datetime import datetime

import pytest

from counter.diagnosis.delays import first_not_pulled, not_closed_since
from ingest.registry.camera import Source
from ingest.registry.registered import PullCursor, RegisteredCamera
from ingest.registry.sampling import Sampling
from tests.counter.world import NOON, at, camera


@pytest.mark.parametrize(
    ("pulled_until", "now", "expected"),
    [
        (None, at(4), None),
        (None, at(6), at(0)),
        (at(6), at(14), None),
        (at(6), at(16), at(10)),
    ],
)
def test_the_pull(pulled_until: datetime | None, now: datetime, expected: datetime | None) -> None:
    registered = RegisteredCamera(camera(since=NOON), cursor=PullCursor(pulled_until))
    assert first_not_pulled(registered, now) == expected


def test_nobody_pulls_a_push_camera() -> None:
    assert first_not_pulled(RegisteredCamera(camera(since=NOON, source=Source.PUSH)), at(600)) is None


@pytest.mark.parametrize(
    ("closed_until", "now", "expected"),
    [
        (None, at(44), None),
        (None, at(45), NOON),
        (at(15), at(59), None),
        (at(15), at(60), at(15)),
    ],
)
def test_the_closing(closed_until: datetime | None, now: datetime, expected: datetime | None) -> None:
    registered = RegisteredCamera(camera(since=NOON), closed_until=closed_until)
    assert not_closed_since(registered, now) == expected


def test_a_camera_that_is_off_is_not_late() -> None:
    off = RegisteredCamera(camera(since=NOON, sampling=Sampling(enabled=False)))
    assert (first_not_pulled(off, at(600)), not_closed_since(off, at(600))) == (None, None)
