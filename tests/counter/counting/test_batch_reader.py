import json
from datetime import timedelta

import pytest

from counter.counting.batch_reader import (
    BatchContents,
    look_up,
    parse_messages,
    place_arrivals,
    read_batch,
)
from counter.counting.messages import Message
from counter.counting.plan import ReceivedNotice
from counter.rows.placing import Cameras, Frame
from ingest.aws.dynamodb import to_item
from ingest.frames.keys import parse
from ingest.frames.messages import GapNotice, GapReason
from ingest.registry.camera import InvalidCamera, Source
from ingest.registry.sampling import Sampling
from tests.counter.tables import CAMERAS
from tests.counter.world import BUCKET, NOON, World, at, camera, event, frame_key, notice

TILL = camera()
BROKEN = InvalidCamera("till-2", ["min_confidence 5 is outside 50..100"])
KNOWN = Cameras({"till-1": TILL, "till-2": BROKEN}, {"stream/broken": BROKEN})
NOW = NOON + timedelta(hours=1)


def read(*messages: Message) -> BatchContents:
    """What the messages contain if KNOWN are the cameras."""
    return place_arrivals(parse_messages(messages, BUCKET), KNOWN, NOW)


DEAD = {
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
    "unknown form": (event("m", "frame/holiday.jpg").body, "'frame/holiday.jpg' is not a frame key"),
    "control character": (
        event("m", "frame/a\x01b_123456789012_s_1234567890123_x.jpg").body,
        "control characters",
    ),
    "other bucket": (
        event("m", frame_key("till-1", at(0))).body.replace('"frames"', '"holidays"'),
        "in bucket 'holidays', but this stack's bucket is 'frames'",
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


@pytest.mark.parametrize(("body", "sentence"), DEAD.values(), ids=DEAD)
def test_what_no_retry_can_handle_is_a_dead_letter_with_a_sentence(body: str, sentence: str) -> None:
    contents = read(Message("bad", body), event("good", frame_key("till-1", at(0))))
    [dead] = contents.dead_letters
    assert dead.message_id == "bad"
    is_event = body.startswith('{"Records": [{')
    assert json.loads(dead.body) == json.loads(body) if is_event else dead.body == body
    assert sentence in dead.reason
    assert [received.message_id for received in contents.frames] == ["good"]
    assert (contents.notices, contents.invalid) == ([], [])


def test_a_time_outside_the_calendar_is_a_dead_letter() -> None:
    berlin = Sampling(300, time_zone="Europe/Berlin")
    original = camera("lens", original_deeplens=True, source=Source.PUSH, sampling=berlin)
    arrivals = parse_messages([event("m", "frame/0001-01-01 00:00:00.jpg")], BUCKET)
    contents = place_arrivals(arrivals, Cameras({}, {"original-deeplens": [original]}), NOW)
    assert (contents.frames, [dead.message_id for dead in contents.dead_letters]) == ([], ["m"])


def test_frames_and_notices_with_their_cameras() -> None:
    keys = [frame_key("till-1", at(0)), frame_key("till-1", at(5))]
    contents = read(event("both", *keys), notice("gap", GapNotice("till-1", at(10), GapReason.NO_MEDIA)))
    before = timedelta(milliseconds=400)
    assert [(received.message_id, received.frame) for received in contents.frames] == [
        ("both", Frame(keys[0], TILL, at(0), at(0) - before)),
        ("both", Frame(keys[1], TILL, at(5), at(5) - before)),
    ]
    assert contents.notices == [ReceivedNotice("gap", TILL, at(10), GapReason.NO_MEDIA)]
    assert (contents.dead_letters, contents.invalid) == ([], [])


def test_a_bad_record_is_a_dead_letter_by_itself() -> None:
    keys = [frame_key("till-1", at(0)), "frame/holiday.jpg", frame_key("till-1", at(5))]
    contents = read(event("m", *keys))
    [dead] = contents.dead_letters
    assert [record["s3"]["object"]["key"] for record in json.loads(dead.body)["Records"]] == [keys[1]]
    assert [received.frame.key for received in contents.frames] == [keys[0], keys[2]]


def test_s3s_test_event_is_nothing() -> None:
    test_event = {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": BUCKET, "RequestId": "1"}
    assert read(Message("m", json.dumps(test_event))) == BatchContents()


def test_messages_of_a_camera_whose_item_is_wrong_are_named() -> None:
    contents = read(
        event("id", frame_key("till-2", at(0))),
        event("sender", "frame/x_123456789012_broken_1795348800000_ab.jpg"),
        notice("notice", GapNotice("till-2", at(5), GapReason.NO_MEDIA)),
        event("good", frame_key("till-1", at(0))),
    )
    assert contents.invalid == [("id", BROKEN), ("sender", BROKEN), ("notice", BROKEN)]
    assert [received.message_id for received in contents.frames] == ["good"]
    assert contents.dead_letters == []


def test_cameras_are_looked_up_by_id_and_by_sender(world: World) -> None:
    lobby = camera("lobby", stream_name="lobby")
    world.add(TILL, camera("till-2"), camera("till-3", stream_name="broken"), lobby)
    for camera_id in ("till-2", "till-3"):
        world.dynamodb.update_item(
            TableName=CAMERAS,
            Key=to_item({"CameraId": camera_id}),
            UpdateExpression="SET MinConfidence = :low",
            ExpressionAttributeValues=to_item({":low": 5}),
        )
    keys = [
        frame_key("till-1", at(0)),
        frame_key("till-9", at(0)),
        "frame/x_123456789012_lobby_1795348800000_ab.jpg",
        "frame/x_123456789012_broken_1795348800000_ab.jpg",
        "frame/x_123456789012_nobody_1795348800000_ab.jpg",
    ]
    found = look_up([parse(key) for key in keys], ["till-2"], world.registry)
    assert set(found.by_id) == {"till-1", "till-2"}
    assert found.by_id["till-1"] == TILL
    assert isinstance(found.by_id["till-2"], InvalidCamera)
    assert found.by_sender["stream/lobby"] == [lobby]
    assert isinstance(found.by_sender["stream/broken"], InvalidCamera)
    assert found.by_sender["stream/nobody"] == []


def test_a_batch_is_read_with_the_cameras_of_the_registry(world: World) -> None:
    world.add(TILL)
    messages = [event("good", frame_key("till-1", at(0))), event("bad", frame_key("till-9", at(0)))]
    contents = read_batch(messages, BUCKET, world.registry, NOW)
    assert [received.frame.camera for received in contents.frames] == [TILL]
    assert [dead.message_id for dead in contents.dead_letters] == ["bad"]
