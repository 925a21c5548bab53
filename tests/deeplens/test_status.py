"""What is reported, and when: after a change and once an hour, not with each frame."""

import json

import pytest

from deeplens.common.status_log import StatusLog
from deeplens.status import HOUR, LULL, Reporter
from tests.deeplens.unit import START


class Listener:
    """Takes messages, or refuses them."""

    def __init__(self) -> None:
        self.messages: list[dict[str, object]] = []
        self.refuses = False

    def __call__(self, message: str) -> bool:
        if not self.refuses:
            self.messages.append(json.loads(message))
        return not self.refuses


@pytest.fixture
def status_log() -> StatusLog:
    return StatusLog()


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def reporter(status_log: StatusLog, listener: Listener) -> Reporter:
    return Reporter("till-1", status_log, listener)


def test_what_a_message_says(status_log: StatusLog, listener: Listener, reporter: Reporter) -> None:
    status_log.count("sent", 7)
    status_log.count("failed", 2)
    status_log.problem("camera", "it is black")
    status_log.problem("upload", "no network")
    status_log.fine("upload")
    reporter.step(START, 3)
    assert listener.messages == [
        {
            "camera_id": "till-1", "time": "20261123T124500000Z", "waiting": 3, "sent": 7, "failed": 2,
            "dropped": 0, "missed": 0, "problems": {"camera": "it is black"}, "last_error": "no network",
        }
    ]  # fmt: skip


def test_once_at_the_start_then_once_an_hour(listener: Listener, reporter: Reporter) -> None:
    for second in range(int(3 * HOUR)):
        reporter.step(START + second, 0)
    assert len(listener.messages) == 3


def test_what_comes_and_goes_with_each_frame_is_told_once_a_minute(
    status_log: StatusLog, listener: Listener, reporter: Reporter
) -> None:
    for second in range(600):
        if second % 3:
            status_log.fine("upload")
        else:
            status_log.problem("upload", "S3 answers SlowDown")
        reporter.step(START + second, 0)
    assert len(listener.messages) == 600 / LULL


def test_frames_alone_are_no_change(status_log: StatusLog, listener: Listener, reporter: Reporter) -> None:
    for second in range(600):
        status_log.count("sent")
        reporter.step(START + second, 0)
    assert len(listener.messages) == 1


def test_a_refused_message_is_said_as_soon_as_it_can_be(
    status_log: StatusLog, listener: Listener, reporter: Reporter
) -> None:
    listener.refuses = True
    status_log.problem("camera", "it is black")
    for second in range(100):
        reporter.step(START + second, 0)
    listener.refuses = False
    for second in range(100, 200):
        reporter.step(START + second, 0)
    assert [message["time"] for message in listener.messages] == ["20261123T124640000Z"]


def test_a_clock_set_back_does_not_silence_it(listener: Listener, reporter: Reporter) -> None:
    reporter.step(START, 0)
    reporter.step(START - 3600, 0)
    assert len(listener.messages) == 2


def test_a_problem_is_logged_when_it_comes_and_when_it_goes(
    status_log: StatusLog, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    for _ in range(3):
        status_log.problem("camera", "it is black")
    for _ in range(3):
        status_log.fine("camera")
    assert [record.message for record in caplog.records] == [
        "camera: it is black", "camera: works again",
    ]  # fmt: skip
