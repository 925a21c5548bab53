from datetime import timedelta

from ingest.kvs.known_streams import ENDPOINT_GOOD_FOR, RETENTION, RETENTION_GOOD_FOR, KnownStreams, good_for
from tests.ingest.cloud import Clock, at

URL = "https://b-1.kinesisvideo.eu-central-1.amazonaws.com"


def test_an_answer_is_good_for_its_time_and_not_for_another_stream() -> None:
    clock = Clock(at(0))
    known = KnownStreams(clock)
    known.keep("door", RETENTION, 24)
    known.keep("door", "GET_MEDIA", URL)

    assert known.answer("door", RETENTION) == 24
    assert known.answer("till", RETENTION) is None
    clock.now = at(0) + RETENTION_GOOD_FOR
    assert (known.answer("door", RETENTION), known.answer("door", "GET_MEDIA")) == (None, URL)
    clock.now = at(0) + ENDPOINT_GOOD_FOR
    assert known.answer("door", "GET_MEDIA") is None


def test_no_retention_is_an_answer_too() -> None:
    known = KnownStreams(Clock(at(0)))
    known.keep("door", RETENTION, 0)

    assert known.answer("door", RETENTION) == 0


def test_the_later_of_two_answers_stays() -> None:
    known = KnownStreams(Clock(at(60)))
    known.learn("door", {RETENTION: (1, at(10))})
    known.learn("door", {RETENTION: (2, at(20)), "GET_MEDIA": (URL, at(5))})
    known.learn("door", {RETENTION: (3, at(15))})

    assert known.answers("door") == {RETENTION: (2, at(20)), "GET_MEDIA": (URL, at(5))}


def test_what_is_forgotten_is_not_known() -> None:
    known = KnownStreams(Clock(at(0)))
    known.keep("door", RETENTION, 24)
    known.keep("door", "GET_MEDIA", URL)

    known.forget("door", "GET_MEDIA")
    known.forget("gone")
    known.forget("gone", "GET_MEDIA")
    assert known.answers("door") == {RETENTION: (24, at(0))}
    known.forget("door")
    assert known.answers("door") == {}


def test_an_answer_from_the_future_is_not_good_for_ever() -> None:
    known = KnownStreams(Clock(at(0)))
    known.learn("door", {RETENTION: (24, at(0) + timedelta(days=900))})

    assert known.answer("door", RETENTION) is None


def test_500_streams_asked_about_at_once_are_not_asked_about_at_once_again() -> None:
    times = [good_for(f"camera-{number}", RETENTION, at(0)) for number in range(500)]

    assert all(RETENTION_GOOD_FOR / 2 <= time <= RETENTION_GOOD_FOR for time in times)
    in_ten_seconds = max(
        sum(start <= time.total_seconds() < start + 10 for time in times) for start in range(150, 300)
    )
    assert in_ten_seconds < 60  # 500 over 150 s are 33 in ten
