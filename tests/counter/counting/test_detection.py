import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from counter.counting.detection import (
    EXPIRED,
    NOT_LOCALISED,
    FrameUnreachable,
    LabelDetection,
    OutOfTime,
    Pace,
    Uncountable,
)
from counter.rows.people import Detection
from ingest.frames.messages import GapReason
from tests.counter.rekognition import Rekognition, people
from tests.counter.world import BUCKET, frame_bucket, rekognition_client

UNTIL = 1e9


class Clock:
    """Its time passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def frames() -> dict[str, Mapping[str, Any]]:
    """The frames of the bucket: key -> Rekognition's response."""
    return {}


@pytest.fixture
def rekognition(frames: dict[str, Mapping[str, Any]]) -> Iterator[Rekognition]:
    def read(key: str) -> bytes | None:
        return json.dumps(frames[key]).encode() if key in frames else None

    rekognition = Rekognition(rekognition_client(), read)
    with rekognition.behind():
        yield rekognition


@pytest.fixture
def detection(rekognition: Rekognition, clock: Clock) -> LabelDetection:
    return LabelDetection(rekognition.client, frame_bucket(), Pace(100, clock, clock.sleep))


def turns(pace: Pace, clock: Clock, number: int) -> list[float]:
    result = []
    for _ in range(number):
        pace.wait(UNTIL)
        result.append(clock.now)
    return result


def test_calls_begin_evenly(clock: Clock) -> None:
    pace = Pace(4, clock, clock.sleep)
    assert turns(pace, clock, 4) == [100.0, 100.25, 100.5, 100.75]


def test_time_that_was_not_used_is_not_saved_up(clock: Clock) -> None:
    pace = Pace(4, clock, clock.sleep)
    pace.wait(UNTIL)
    clock.now += 60
    assert turns(pace, clock, 2) == [160.0, 160.25]


def test_no_turn_is_promised_after_the_end(clock: Clock) -> None:
    pace = Pace(1, clock, clock.sleep)
    assert turns(pace, clock, 2) == [100.0, 101.0]
    with pytest.raises(OutOfTime, match="1 calls a second"):
        pace.wait(until=101.5)
    assert clock.now == 101.0
    pace.wait(until=102.0)
    assert clock.now == 102.0


def test_a_throttled_pace_holds_everybody(clock: Clock) -> None:
    pace = Pace(100, clock, clock.sleep)
    pace.wait(UNTIL)
    pace.hold(3)
    assert turns(pace, clock, 1) == [103.0]


def test_the_people_on_a_frame(
    detection: LabelDetection, rekognition: Rekognition, frames: dict[str, Mapping[str, Any]]
) -> None:
    frames["frame/a.jpg"] = people(99.5, 81)
    found = detection.detect("frame/a.jpg", UNTIL)
    assert isinstance(found, Detection)
    assert ([person.confidence for person in found.people], found.detector) == ([99.5, 81], "rekognition/3.0")
    assert rekognition.requests == [
        {
            "Image": {"S3Object": {"Bucket": BUCKET, "Name": "frame/a.jpg"}},
            "MinConfidence": 50.0,
            "Features": ["GENERAL_LABELS"],
            "Settings": {"GeneralLabels": {"LabelInclusionFilters": ["Person"]}},
        }
    ]


FORMAT = "Rekognition takes only undamaged JPEG and PNG; check which format"
SIZE = "Rekognition takes at most 15 MB; lower the resolution or JPEG quality"


@pytest.mark.parametrize(
    ("answer", "code", "why"),
    [
        (
            {"error": "InvalidImageFormatException"},
            "InvalidImageFormatException",
            f"(InvalidImageFormatException): {FORMAT}",
        ),
        (
            {"error": "ImageTooLargeException"},
            "ImageTooLargeException",
            f"(ImageTooLargeException): {SIZE}",
        ),
    ],
)
def test_a_frame_that_cannot_be_counted(
    detection: LabelDetection,
    frames: dict[str, Mapping[str, Any]],
    answer: Mapping[str, Any],
    code: str,
    why: str,
) -> None:
    frames["frame/a.jpg"] = answer
    outcome = detection.detect("frame/a.jpg", UNTIL)
    assert isinstance(outcome, Uncountable)
    assert (outcome.reason, outcome.why) == (GapReason.UNREADABLE_IMAGE, code)
    sentence = outcome.sentence("frame/a.jpg", "till-1")
    assert sentence.startswith(f"frame 'frame/a.jpg' of camera 'till-1' cannot be counted {why}")


def test_people_that_are_not_localised() -> None:
    assert NOT_LOCALISED.reason is GapReason.NOT_LOCALISED
    assert NOT_LOCALISED.sentence("frame/a.jpg", "till-1").startswith(
        "frame 'frame/a.jpg' of camera 'till-1' cannot be counted (label Person without instances):"
        " Rekognition found people, but not where they are"
    )


def test_a_frame_that_has_expired() -> None:
    assert EXPIRED.reason is GapReason.EXPIRED
    assert EXPIRED.sentence("frame/a.jpg", "till-1") == (
        "frame 'frame/a.jpg' of camera 'till-1' cannot be counted (not in the bucket any more): the counter"
        " is more than a day behind (see the age of the frame queue), or the frame was deleted"
    )


@pytest.mark.parametrize(
    "code",
    ["AccessDeniedException", "InternalServerError", "UnrecognizedClientException", "ResourceNotReady"],
)
def test_an_error_that_does_not_lie_in_the_frame_is_raised(
    detection: LabelDetection, frames: dict[str, Mapping[str, Any]], code: str
) -> None:
    frames["frame/a.jpg"] = {"error": code}
    with pytest.raises(ClientError) as error:
        detection.detect("frame/a.jpg", UNTIL)
    assert error.value.response["Error"]["Code"] == code


def test_a_frame_that_rekognition_cannot_reach(detection: LabelDetection) -> None:
    with pytest.raises(FrameUnreachable, match=r"^Rekognition could not read 'frame/a\.jpg'$"):
        detection.detect("frame/a.jpg", UNTIL)


def test_throttling_is_waited_out_within_the_time_there_is(
    detection: LabelDetection,
    rekognition: Rekognition,
    frames: dict[str, Mapping[str, Any]],
    clock: Clock,
) -> None:
    frames["frame/a.jpg"] = {"error": "ThrottlingException"}
    with pytest.raises(OutOfTime):
        detection.detect("frame/a.jpg", until=110.5)
    assert len(rekognition.calls) == 11
    assert clock.now == 110.0

    rekognition.before_answer.append(
        lambda key: frames.update({key: people(99)}) if len(rekognition.calls) > 14 else None
    )
    found = detection.detect("frame/a.jpg", until=200)
    assert isinstance(found, Detection)
    assert len(found.people) == 1
