"""Reads the camera and keeps a frame for each instant; no failure stops it."""

from pathlib import Path

import pytest

from deeplens.camera.capture import NEAR, OFTEN, SELDOM, Capture
from deeplens.camera.sampler import Sampler
from deeplens.common.status_log import StatusLog
from deeplens.spool import Spool
from tests.deeplens.unit import START, Hand, Shown, grey


@pytest.fixture
def status_log() -> StatusLog:
    return StatusLog()


@pytest.fixture
def spool(tmp_path: Path, status_log: StatusLog) -> Spool:
    return Spool(tmp_path, 10**7, status_log)


@pytest.fixture
def shown() -> Shown:
    return Shown(grey())


@pytest.fixture
def capture(shown: Shown, spool: Spool, status_log: StatusLog) -> Capture:
    return Capture(shown.read, Sampler(60, lambda _: True), 90, spool.put, status_log)


def live(capture: Capture, clock: Hand, until: float) -> None:
    """Sample as the service does."""
    while clock.now < until:
        capture.sample(clock)
        clock.now += capture.pause(clock.now, watched=False)


def test_a_frame_for_each_instant(capture: Capture, spool: Spool, status_log: StatusLog) -> None:
    live(capture, Hand(START - 10), START + 200)
    names = []
    while found := spool.oldest(START + 1000):
        names.append(found[0])
        spool.remove(found[0])
    assert [name[:19] for name in names] == [f"20261123T12{minute}00000Z" for minute in (45, 46, 47, 48)]
    assert status_log.counts["missed"] == 0
    assert status_log.problems == {}


def test_a_camera_without_pictures_is_named_once_and_taken_up_again(
    capture: Capture, shown: Shown, spool: Spool, status_log: StatusLog, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Hand(START - 10)
    shown.picture = "the camera gives no picture"
    live(capture, clock, START + 70)
    assert status_log.problems == {"camera": "the camera gives no picture"}
    assert status_log.counts["missed"] == 2
    assert caplog.text.count("the camera gives no picture") == 1
    assert capture.latest is None
    shown.picture = grey()
    live(capture, clock, START + 130)
    assert status_log.problems == {}
    assert spool.waiting == 1
    assert capture.latest is shown.picture


def test_a_clock_set_back_by_an_hour_is_named_and_capture_goes_on(
    capture: Capture, spool: Spool, status_log: StatusLog
) -> None:
    clock = Hand(START - 10)
    live(capture, clock, START + 5)
    clock.now -= 3600
    live(capture, clock, START - 3600 + 70)
    assert "set back by 3599 s" in status_log.last_error  # a second after the step before
    assert spool.waiting == 2
    assert spool.oldest(START) is not None


@pytest.mark.parametrize(
    ("before", "watched", "pause"),
    [
        (50.0, False, SELDOM),
        (50.0, True, OFTEN),
        (NEAR - 0.1, False, OFTEN),
        (NEAR + 0.4, False, 0.4 + OFTEN),
    ],
)
def test_the_camera_is_looked_at_often_only_where_it_matters(
    capture: Capture, before: float, watched: bool, pause: float
) -> None:
    capture.sample(Hand(START - 55))
    assert capture.pause(START - before, watched) == pytest.approx(pause)
