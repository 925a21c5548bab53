import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from counter.counting import batch as steps
from counter.counting import count as counting
from counter.counting.batch_reader import Message
from counter.counting.detection import LabelDetection, Pace
from counter.rows.occupancy import Box, Person, Row
from ingest.aws.dynamodb import to_item
from ingest.frames.messages import GapNotice, GapReason
from ingest.registry.camera import Source
from ingest.registry.sampling import Sampling
from tests.counter.rekognition import people, person_label, response
from tests.counter.tables import CAMERAS
from tests.counter.world import BUCKET, NOON, RETENTION, World, at, camera, event, failed, frame_key, notice

LEFT_HALF = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
RIGHT_HALF = ((0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0))


def test_a_frame_becomes_a_row_with_its_roll_up_and_is_gone(world: World) -> None:
    world.add(camera(area="tills", zones={"left": LEFT_HALF, "right": RIGHT_HALF}))
    key = world.frame("till-1", at(5), people(99.5, 95.0, 94.9))
    batch = world.count([event("m", key)])
    box = Box(left=0.45, top=0.3, width=0.1, height=0.4)
    assert failed(batch) == []
    assert world.rows() == [
        Row(
            camera_id="till-1",
            instant=at(5),
            store_id="north",
            area="tills",
            sample_every=300,
            source=Source.KVS,
            expires_at=at(5) + RETENTION,
            count=2,
            zones={"left": 0, "right": 2},
            people=(Person(99.5, box), Person(95.0, box), Person(94.9, box)),
            frame_time=at(5) - timedelta(milliseconds=400),
            detector="rekognition/3.0",
        )
    ]
    assert world.roll_ups() == world.expected_roll_ups()
    assert world.keys_left() == []
    assert world.rekognition.requests == [
        {
            "Image": {"S3Object": {"Bucket": BUCKET, "Name": key}},
            "MinConfidence": 80.0,
            "Features": ["GENERAL_LABELS"],
            "Settings": {"GeneralLabels": {"LabelInclusionFilters": ["Person"]}},
        }
    ]


def test_a_batch_counts_each_instant_once_and_deletes_all_its_frames(world: World) -> None:
    world.add(camera("till-1"), camera("till-2", every=60))
    keys = [
        world.frame("till-1", at(0), people(99)),
        world.put(frame_key("till-1", at(0), before=3), people(99, 98)),
        *(world.frame("till-2", at(minute), people(*[99] * minute)) for minute in range(20)),
    ]
    batch = world.count([event(f"m{n}", key) for n, key in enumerate([*keys, keys[0], keys[5]])])
    assert failed(batch) == []
    assert world.counts("till-1") == {"12:00:00": 1}
    assert list(world.counts("till-2").values()) == list(range(20))
    assert len(world.rekognition.calls) == 21
    assert world.keys_left() == []
    assert world.roll_ups() == world.expected_roll_ups()
    assert len(world.roll_ups()) == 3


def test_an_instant_already_counted_costs_no_detection_and_its_roll_up_is_put_again(world: World) -> None:
    world.add(camera())
    world.count([event("m", world.frame("till-1", at(5), people(99)))])
    world.dynamodb.delete_item(
        TableName="quarter-hours",
        Key=to_item({"CameraId": "till-1", "QuarterStart": "2026-11-22T12:00:00.000Z"}),
    )
    batch = world.count([event("again", world.frame("till-1", at(5), people(99, 99)))])
    assert (failed(batch), batch.tally["AlreadyCounted"]) == ([], 1)
    assert len(world.rekognition.calls) == 1
    assert world.counts() == {"12:05:00": 1}
    assert world.roll_ups() == world.expected_roll_ups()
    assert world.keys_left() == []


def test_an_instant_that_is_not_due_costs_no_detection(world: World) -> None:
    world.add(camera())
    keys = [world.frame("till-1", instant, people(99)) for instant in (at(1), NOON - timedelta(days=30))]
    batch = world.count([event("m", *keys)])
    assert (failed(batch), batch.tally["NotDue"]) == ([], 2)
    assert (world.rekognition.calls, world.rows(), world.keys_left()) == ([], [], [])


def test_a_gap_becomes_counted_also_where_the_settings_no_longer_say_that_it_was_due(world: World) -> None:
    world.add(camera(every=60))
    world.count([notice("n", GapNotice("till-1", at(1), GapReason.NO_MEDIA))])
    assert world.counts() == {"12:01:00": "no_media"}
    registered = world.registry.get("till-1")
    world.registry.change(registered, replace(registered.camera, sampling=Sampling(300)), NOON)
    assert not world.registry.get("till-1").camera.is_due(at(1))
    batch = world.count([event("m", world.frame("till-1", at(1), people(99)))])
    assert failed(batch) == []
    assert world.counts() == {"12:01:00": 1}
    assert world.roll_ups() == world.expected_roll_ups()
    assert world.keys_left() == []


def test_gap_notices(world: World) -> None:
    world.add(camera())
    world.count([event("m", world.frame("till-1", at(0), people(99)))])
    batch = world.count(
        [
            notice("counted", GapNotice("till-1", at(0), GapReason.MEDIA_ERROR)),
            notice("new", GapNotice("till-1", at(5), GapReason.MEDIA_ERROR)),
            notice("same", GapNotice("till-1", at(5), GapReason.MEDIA_ERROR)),
            notice("not due", GapNotice("till-1", at(6), GapReason.MEDIA_ERROR)),
        ]
    )
    assert failed(batch) == []
    assert world.counts() == {"12:00:00": 1, "12:05:00": "media_error"}
    assert batch.gaps == {GapReason.MEDIA_ERROR: 1}
    world.count([notice("later", GapNotice("till-1", at(5), GapReason.GOP_TOO_LONG))])
    assert world.counts() == {"12:00:00": 1, "12:05:00": "media_error"}
    assert world.roll_ups() == world.expected_roll_ups()
    assert world.dead_letters() == []


@pytest.mark.parametrize(
    ("answer", "reason", "why"),
    [
        (
            {"error": "InvalidImageFormatException"},
            "unreadable_image",
            (
                "(InvalidImageFormatException): Rekognition takes only undamaged JPEG and PNG; check which"
                " format the camera"
            ),
        ),
        (
            {"error": "ImageTooLargeException"},
            "unreadable_image",
            "(ImageTooLargeException): Rekognition takes at most 15 MB; lower the resolution or JPEG quality",
        ),
        (
            {"error": "InvalidParameterException"},
            "unreadable_image",
            "(InvalidParameterException): Rekognition takes at least 80 pixels a side; raise the resolution",
        ),
        (
            response([person_label([])]),
            "not_localised",
            "(label Person without instances): Rekognition found people, but not where they are",
        ),
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


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]


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


@pytest.mark.parametrize(
    "code",
    ["AccessDeniedException", "InternalServerError", "UnrecognizedClientException", "ResourceNotReady"],
)
def test_what_is_not_the_frames_fault_comes_again_and_stops_no_other(world: World, code: str) -> None:
    world.add(camera())
    bad = world.frame("till-1", at(0), {"error": code})
    batch = world.count([event("bad", bad), event("good", world.frame("till-1", at(5), people()))])
    assert failed(batch) == ["bad"]
    assert dict(batch.failures) == {f"DetectLabels: {code}": [bad]}
    assert world.counts() == {"12:05:00": 0}
    assert world.keys_left() == [bad]


@pytest.mark.parametrize("closed", [False, True])
def test_a_frame_that_is_gone_before_anybody_looked_has_expired(
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


def test_throttling_is_waited_out_within_the_time_there_is(world: World) -> None:
    world.add(camera())
    key = world.frame("till-1", at(0), {"error": "ThrottlingException"})
    seconds = [0.0]
    pace = Pace(100, clock=lambda: seconds[0], sleep=lambda wait: seconds.__setitem__(0, seconds[0] + wait))
    dependencies = replace(
        world.dependencies, detection=LabelDetection(world.rekognition.client, BUCKET, pace)
    )
    batch = counting.count([event("m", key)], dependencies, counting.Invocation(NOON, until=10.5))
    assert (failed(batch), list(batch.failures)) == (["m"], ["OutOfTime"])
    assert len(world.rekognition.calls) == 11

    world.rekognition.before_answer.append(
        lambda key: world.put(key, people(99)) if len(world.rekognition.calls) > 14 else None
    )
    batch = counting.count([event("m", key)], dependencies, counting.Invocation(NOON, until=100))
    assert failed(batch) == []
    assert world.counts() == {"12:00:00": 1}


REFUSED = {
    "not json": ("{", "is not JSON"),
    "no object": ("[1, 2]", "neither an S3 event nor a gap notice"),
    "brackets": ("[" * 100_000, "is not JSON"),
    "empty records": ('{"Records": []}', "neither an S3 event nor a gap notice"),
    "other event": (
        json.dumps({"Records": [{"eventName": "ObjectRemoved:Delete"}]}),
        "not an S3 event of a new object",
    ),
    "other service": (
        json.dumps({"Records": [{"Sns": {"Message": "x"}}]}),
        "not an S3 event of a new object",
    ),
    "strange notice": ('{"GapNotice": {"CameraId": 3}}', "gap notice cannot be read"),
    "unknown form": (event("m", "frame/holiday.jpg").body, "is no frame key"),
    "control character": (
        event("m", "frame/a\x01b_123456789012_s_1234567890123_x.jpg").body,
        "control characters",
    ),
    "unknown camera": (event("m", frame_key("till-9", at(0))).body, "'till-9' is not in the registry"),
    "unknown stream": (
        event("m", "frame/x_123456789012_lobby_1795348800000_ab.jpg").body,
        "sends as 'stream/lobby'",
    ),
    "no original unit": (event("m", "frame/2026-11-22 12:00:00.jpg").body, "sends as 'original-deeplens'"),
    "ahead": (event("m", frame_key("till-1", at(20)), at=at(17)).body, "set its sender's clock"),
    "year 1": (event("m", "frame/0001-01-01 00:00:00.jpg").body, "sends as 'original-deeplens'"),
    "notice of unknown camera": (
        GapNotice("till-9", at(0), GapReason.NO_MEDIA).to_body(),
        "'till-9' is not in the registry",
    ),
    "notice ahead": (GapNotice("till-1", at(65), GapReason.NO_MEDIA).to_body(), "set its sender's clock"),
}


@pytest.mark.parametrize(("body", "sentence"), REFUSED.values(), ids=REFUSED)
def test_what_nobody_can_handle_goes_once_to_the_dead_letter_queue(
    world: World, body: str, sentence: str
) -> None:
    world.add(camera())
    good = world.frame("till-1", at(0), people(99))
    batch = world.count([Message("bad", body), event("good", good)])
    assert failed(batch) == []
    [(dead, reason)] = world.dead_letters()
    assert json.loads(dead) == json.loads(body) if body.startswith('{"Records": [{') else dead == body
    assert sentence in reason
    assert world.counts() == {"12:00:00": 1}


def test_frames_of_another_bucket_are_refused(world: World) -> None:
    world.add(camera())
    body = event("m", frame_key("till-1", at(0))).body.replace('"frames"', '"holidays"')
    world.count([Message("m", body)])
    assert "in bucket 'holidays', but this stack's bucket is 'frames'" in world.dead_letters()[0][1]
    assert world.rows() == []


def test_a_refused_record_goes_alone_and_not_while_its_message_comes_again(world: World) -> None:
    world.add(camera())
    keys = [
        world.frame("till-1", at(0), {"error": "InternalServerError"}),
        world.put("frame/holiday.jpg", {}),
        world.frame("till-1", at(5), people(99)),
    ]
    batch = world.count([event("m", *keys)])
    assert (failed(batch), world.dead_letters()) == (["m"], [])
    assert world.counts() == {"12:05:00": 1}
    world.put(keys[0], people())
    batch = world.count([event("m", *keys)])
    assert failed(batch) == []
    [(dead, reason)] = world.dead_letters()
    assert [record["s3"]["object"]["key"] for record in json.loads(dead)["Records"]] == ["frame/holiday.jpg"]
    assert "'frame/holiday.jpg' is no frame key" in reason
    assert world.counts() == {"12:00:00": 0, "12:05:00": 1}
    assert world.keys_left() == ["frame/holiday.jpg"]


def test_s3s_test_event_is_nothing(world: World) -> None:
    test_event = {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": BUCKET, "RequestId": "1"}
    batch = world.count([Message("m", json.dumps(test_event))])
    assert (failed(batch), world.dead_letters()) == ([], [])


def test_a_camera_whose_item_is_wrong_fails_its_messages_only(
    world: World, capfd: pytest.CaptureFixture[str]
) -> None:
    world.add(camera("till-1"), camera("till-2"))
    world.dynamodb.update_item(
        TableName=CAMERAS,
        Key=to_item({"CameraId": "till-2"}),
        UpdateExpression="SET MinConfidence = :low",
        ExpressionAttributeValues=to_item({":low": 5}),
    )
    keys = [world.frame(name, at(0), people(99)) for name in ("till-1", "till-2")]
    wrong = notice("notice", GapNotice("till-2", at(5), GapReason.NO_MEDIA))
    batch = world.count([event("good", keys[0]), event("bad", keys[1]), wrong])
    assert failed(batch) == ["bad", "notice"]
    assert "camera 'till-2': min_confidence 5 is outside 80..100" in batch.failures["InvalidCamera"][0]
    assert batch.tally["InvalidCameras"] == 1
    assert world.counts("till-1") == {"12:00:00": 1}


def test_keys_of_kvs_image_delivery_are_put_on_the_nearest_instant(world: World) -> None:
    world.add(camera("till-1", stream_name="lobby_cam"))
    millis = int(at(5.2).timestamp() * 1000)
    key = world.put(f"frame/lobby_123456789012_lobby_cam_{millis}_0a1b.jpg", people(99))
    assert failed(world.count([event("m", key)])) == []
    [row] = world.rows()
    assert (row.instant, row.frame_time) == (at(5), at(5.2))
    assert world.keys_left() == []


def test_two_cameras_that_claim_one_stream_are_named(world: World) -> None:
    world.add(camera("till-1", stream_name="lobby"), camera("till-2", stream_name="lobby"))
    key = world.put(f"frame/x_123456789012_lobby_{int(NOON.timestamp())}000_ab.jpg", people(99))
    world.count([event("m", key)])
    assert "cameras 'till-1' and 'till-2' both claim the sender 'stream/lobby'" in world.dead_letters()[0][1]
    assert world.keys_left() == [key]


def original(**values: Any) -> Any:
    return camera("lens", source=Source.PUSH, original_deeplens=True, **values)


@pytest.mark.parametrize(
    ("device_time", "event_time", "instant"),
    [
        ("2026-07-01 14:04:10.123456", "2026-07-01T12:04:12Z", "2026-07-01T12:05:00Z"),
        ("2026-10-25 02:30:00", "2026-10-25T00:30:02Z", "2026-10-25T00:30:00Z"),
        ("2026-10-25 02:30:00", "2026-10-25T01:30:02Z", "2026-10-25T01:30:00Z"),
        ("2026-03-29 02:30:00", "2026-03-29T01:30:02Z", "2026-03-29T01:30:00Z"),
    ],
    ids=["summer", "doubled hour, first", "doubled hour, second", "hour that does not exist"],
)
def test_the_original_deeplens_key_is_read_by_the_clock_on_the_wall(
    world: World, device_time: str, event_time: str, instant: str
) -> None:
    zone = Sampling(300, time_zone="Europe/Berlin")
    world.add(original(sampling=zone, since=datetime(2026, 1, 1, tzinfo=UTC)))
    key = world.put(f"frame/{device_time}.jpg", people(99))
    assert failed(world.count([event("m", key, at=datetime.fromisoformat(event_time))])) == []
    assert [row.instant for row in world.rows()] == [datetime.fromisoformat(instant)]
    assert world.keys_left() == []


def test_a_second_unit_with_the_original_function_is_reported(
    world: World, capfd: pytest.CaptureFixture[str]
) -> None:
    world.add(original())
    first = world.put("frame/2026-11-22 12:00:01.jpg", people(99))
    batch = world.count([event("m", first), event("n", first)])
    assert batch.tally["SecondOriginalDeepLens"] == 0
    second = world.put("frame/2026-11-22 12:01:30.jpg", people(99))
    batch = world.count([event("m", second)])
    assert batch.tally["SecondOriginalDeepLens"] == 1
    keys = [world.put(f"frame/2026-11-22 12:0{minute}:30.jpg", people(99)) for minute in (4, 5)]
    batch = world.count([event("m", *keys)])
    assert batch.tally["SecondOriginalDeepLens"] == 1
    assert world.counts("lens") == {"12:00:00": 1, "12:05:00": 1}
    assert world.keys_left() == []


def test_a_frame_that_s3_did_not_delete_comes_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.add(camera())
    keys = [world.frame("till-1", at(minute), people(99)) for minute in (0, 5)]
    answer = {"Errors": [{"Key": keys[1], "Code": "InternalError", "Message": "We encountered an error"}]}
    monkeypatch.setattr(world.s3, "delete_objects", lambda **_: answer)
    batch = world.count([event("a", keys[0]), event("b", keys[1])])
    assert (failed(batch), dict(batch.failures)) == (["b"], {"InternalError": [keys[1]]})
    monkeypatch.undo()
    assert failed(world.count([event("a", keys[0]), event("b", keys[1])])) == []
    assert (len(world.rekognition.calls), world.keys_left()) == (2, [])


def test_the_order_of_the_steps_is_the_guarantee() -> None:
    assert (steps.store_rows, steps.put_roll_ups, steps.delete_frames) == steps.STEPS
