"""Batches in which a frame cannot be counted, or not now, on the wire."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest

from counter.counting import count as counting
from counter.counting.detection import LabelDetection, Pace
from ingest.frames.messages import GapNotice, GapReason
from tests.counter.rekognition import END_OF_IMAGE, PERSON_AT, people, person_label, response
from tests.counter.world import NOON, World, at, camera, event, failed, frame_bucket, frame_key, notice


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]


@pytest.mark.parametrize(
    ("answer", "reason", "why"),
    [
        ({"error": "InvalidImageFormatException"}, "unreadable_image", "(InvalidImageFormatException): "),
        (response([person_label([])]), "not_localised", "(label Person without instances): "),
    ],
)
def test_a_frame_that_cannot_be_counted_is_a_gap_a_warning_and_is_gone(
    world: World, caplog: pytest.LogCaptureFixture, answer: Mapping[str, Any], reason: str, why: str
) -> None:
    world.add(camera())
    keys = [world.frame("till-1", at(0), answer), world.frame("till-1", at(5), people(99))]
    batch = world.count([event("m", *keys)])
    assert failed(batch) == []
    assert world.counts() == {"12:00:00": reason, "12:05:00": 1}
    assert world.roll_ups() == world.expected_roll_ups()
    assert world.keys_left() == []
    [warning] = warnings(caplog)
    assert warning.startswith(f"frame {keys[0]!r} of camera 'till-1' cannot be counted {why}")


@pytest.mark.parametrize(
    ("label", "min_confidence", "count"),
    [(94.9, 95.0, 0), (95.0, 95.0, "not_localised"), (60.0, 55.0, "not_localised")],
)
def test_people_whose_label_is_below_the_cameras_threshold_are_nobody(
    world: World, label: float, min_confidence: float, count: int | str
) -> None:
    world.add(replace(camera(), min_confidence=min_confidence))
    key = world.frame("till-1", at(0), response([person_label([], label)]))
    assert failed(world.count([event("m", key)])) == []
    assert (world.counts(), world.keys_left()) == ({"12:00:00": count}, [])
    [row] = world.rows()
    assert (row.label_confidence, row.floor) == (label, 50.0)
    assert world.roll_ups() == world.expected_roll_ups()


def test_a_camera_counts_people_from_50_on(world: World) -> None:
    """A lone person far away has a label below 80, and Rekognition drops a label below the floor."""
    world.add(replace(camera(), min_confidence=50.0))
    instance = {"BoundingBox": dict(PERSON_AT), "Confidence": 55.0}
    key = world.frame("till-1", at(0), response([person_label([instance], 55.0)]))
    assert failed(world.count([event("m", key)])) == []
    [row] = world.rows()
    assert (row.count, [person.confidence for person in row.people]) == (1, [55.0])
    assert [request["MinConfidence"] for request in world.rekognition.requests] == [50.0]


def test_of_two_frames_for_an_instant_the_readable_one_counts(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.add(camera())
    broken = world.put(frame_key("till-1", at(0), before=0.1), {"error": "InvalidImageFormatException"})
    whole = world.put(frame_key("till-1", at(0), before=2), people(99, 99))
    world.count([event("a", broken), event("b", whole)])
    assert world.counts() == {"12:00:00": 2}
    assert world.keys_left() == []
    assert [broken in warning for warning in warnings(caplog)] == [True]


def test_what_is_not_the_frames_fault_comes_again_and_stops_no_other(world: World) -> None:
    world.add(camera())
    bad = world.frame("till-1", at(0), {"error": "AccessDeniedException"})
    batch = world.count([event("bad", bad), event("good", world.frame("till-1", at(5), people()))])
    assert failed(batch) == ["bad"]
    assert dict(batch.failures) == {"DetectLabels: AccessDeniedException": [bad]}
    assert world.counts() == {"12:05:00": 0}
    assert world.keys_left() == [bad]


def jpeg(width: int, height: int, size: int = 0) -> bytes:
    """A JPEG of stripes, padded to a size."""
    picture: Any = np.full((height, width, 3), 90, np.uint8)
    picture[:, np.arange(width) * 7 // width % 2 == 0] = 160
    data = cv2.imencode(".jpg", picture)[1].tobytes()
    return data + bytes(max(0, size - len(data))) + END_OF_IMAGE


INVALID = {"error": "InvalidParameterException"}


@pytest.mark.parametrize(
    ("image", "why"),
    [
        (jpeg(640, 72), "640x72 pixels): Rekognition takes 80 to 10000 pixels a side; change the resolution"),
        (jpeg(10_001, 90), "10001x90 pixels): Rekognition takes 80 to 10000 pixels a side; change the"),
        (jpeg(640, 480, 15_100_000), "15.1 MB): Rekognition takes at most 15 MB; lower the resolution"),
        (b"", "neither JPEG nor PNG): Rekognition takes only undamaged JPEG and PNG; check which format"),
    ],
    ids=["low", "wide", "large", "text"],
)
def test_an_invalid_parameter_is_the_frames_fault_where_it_breaks_a_limit(
    world: World, caplog: pytest.LogCaptureFixture, image: bytes, why: str
) -> None:
    world.add(camera())
    key = world.put(frame_key("till-1", at(0)), INVALID, image)
    assert failed(world.count([event("m", key)])) == []
    assert (world.counts(), world.keys_left()) == ({"12:00:00": "unreadable_image"}, [])
    [warning] = warnings(caplog)
    assert f"cannot be counted (InvalidParameterException, {why}" in warning


@pytest.mark.parametrize("image", [jpeg(640, 480), jpeg(80, 80)], ids=["usual", "smallest"])
def test_an_invalid_parameter_of_a_good_frame_comes_again_and_deletes_nothing(
    world: World, image: bytes
) -> None:
    world.add(camera())
    key = world.put(frame_key("till-1", at(0)), INVALID, image)
    batch = world.count([event("m", key)])
    assert (failed(batch), batch.tally["Failed"]) == (["m"], 1)
    assert dict(batch.failures) == {"DetectLabels: InvalidParameterException": [key]}
    assert (world.rows(), world.keys_left()) == ([], [key])


def test_a_frame_whose_turn_does_not_come_is_retried(world: World) -> None:
    world.add(camera())
    key = world.frame("till-1", at(0), people(99))
    pace = Pace(100, clock=lambda: 10.0, sleep=lambda _: None)
    detection = LabelDetection(world.rekognition.client, frame_bucket(), pace)
    dependencies = replace(world.dependencies, detection=detection)
    batch = counting.count([event("m", key)], dependencies, counting.Invocation(NOON, until=9.9))
    assert (failed(batch), list(batch.failures)) == (["m"], ["OutOfTime"])
    batch = counting.count([event("m", key)], dependencies, counting.Invocation(NOON, until=10.1))
    assert failed(batch) == []
    assert world.counts() == {"12:00:00": 1}


@pytest.mark.parametrize("closed", [False, True])
def test_a_frame_that_is_deleted_before_it_is_analysed_has_expired(
    world: World, caplog: pytest.LogCaptureFixture, closed: bool
) -> None:
    world.add(camera())
    if closed:
        world.count([notice("n", GapNotice("till-1", at(0), GapReason.NOT_COUNTED))])
    key = frame_key("till-1", at(0))
    batch = world.count([event("m", key)])
    assert failed(batch) == []
    assert world.counts() == {"12:00:00": "not_counted" if closed else "expired"}
    [warning] = warnings(caplog)
    assert warning == (
        f"frame {key!r} of camera 'till-1' cannot be counted (not in the bucket any more): the counter is"
        " more than a day behind (see the age of the frame queue), or the frame was deleted"
    )


def test_an_unreadable_frame_whose_message_comes_twice_is_warned_of_once(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.add(camera())
    message = event("m", world.frame("till-1", at(0), {"error": "ImageTooLargeException"}))
    assert [failed(world.count([message])) for _ in range(2)] == [[], []]
    assert world.counts() == {"12:00:00": "unreadable_image"}
    assert len(warnings(caplog)) == 1


def test_a_frame_that_another_invocation_counted_meanwhile_is_settled(world: World) -> None:
    world.add(camera())
    key = world.frame("till-1", at(0), people(99))

    def count_elsewhere(_: str) -> None:
        world.rekognition.before_answer.clear()
        assert failed(world.count([event("other", key)])) == []

    world.rekognition.before_answer.append(count_elsewhere)
    batch = world.count([event("m", key)])
    assert failed(batch) == []
    assert world.counts() == {"12:00:00": 1}
    assert world.roll_ups() == world.expected_roll_ups()


def test_a_frame_that_is_there_but_that_rekognition_may_not_read_comes_again(world: World) -> None:
    world.add(camera())
    key = world.frame("till-1", at(0), {"error": "InvalidS3ObjectException"})
    batch = world.count([event("m", key)])
    assert (failed(batch), dict(batch.failures)) == (["m"], {"FrameUnreachable": [key]})
    assert (world.rows(), world.keys_left()) == ([], [key])
