"""What is said, and when: on a change, once an hour, never with each frame."""

import json

import pytest

from deeplens.common.status_log import Book
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
def book() -> Book:
    return Book()


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def reporter(book: Book, listener: Listener) -> Reporter:
    return Reporter("till-1", book, listener)


def test_what_a_message_says(book: Book, listener: Listener, reporter: Reporter) -> None:
    book.count("sent", 7)
    book.count("failed", 2)
    book.problem("camera", "it is black")
    book.problem("upload", "no network")
    book.fine("upload")
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
    book: Book, listener: Listener, reporter: Reporter
) -> None:
    for second in range(600):
        if second % 3:
            book.fine("upload")
        else:
            book.problem("upload", "S3 answers SlowDown")
        reporter.step(START + second, 0)
    assert len(listener.messages) == 600 / LULL


def test_frames_alone_are_no_change(book: Book, listener: Listener, reporter: Reporter) -> None:
    for second in range(600):
        book.count("sent")
        reporter.step(START + second, 0)
    assert len(listener.messages) == 1


def test_a_refused_message_is_said_as_soon_as_it_can_be(
    book: Book, listener: Listener, reporter: Reporter
) -> None:
    listener.refuses = True
    book.problem("camera", "it is black")
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
    book: Book, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    for _ in range(3):
        book.problem("camera", "it is black")
    for _ in range(3):
        book.fine("camera")
    assert [record.message for record in caplog.records] == [
        "camera: it is black", "camera: all is well again",
    ]  # fmt: skip
