"""A batch from its messages to rows, roll-ups and deleted frames, on the wire."""

import json
import logging
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest

from counter.counting.messages import Message
from counter.rows.kept_rules import KeptRules
from counter.rows.occupancy import Box, Person, Row
from counter.rows.rule import MIXED, Rule
from ingest.aws.dynamodb import to_item
from ingest.frames.inspection import digest_of
from ingest.frames.messages import GapNotice, GapReason
from ingest.registry.camera import Source
from ingest.registry.sampling import Sampling
from tests.counter.rekognition import people
from tests.counter.tables import CAMERAS, QUARTERS
from tests.counter.world import BUCKET, NOON, RETENTION, World, at, camera, event, failed, frame_key, notice

LEFT_HALF = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
RIGHT_HALF = ((0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0))


def test_a_frame_becomes_a_row_with_its_roll_up_and_is_gone(world: World) -> None:
    tills = camera(area="tills", zones={"left": LEFT_HALF, "right": RIGHT_HALF})
    world.add(tills)
    key = world.frame("till-1", at(5), people(99.5, 95.0, 94.9))
    digest = digest_of(world.state.get(key) or b"")
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
            label_confidence=99.2,
            floor=50.0,
            feet=(25 * 64 + 32, 25 * 64 + 32),
            rule=Rule.of(tills).digest,
            digest=digest,
        )
    ]
    assert KeptRules(world.dynamodb, QUARTERS).get("till-1", Rule.of(tills).digest) == Rule.of(tills)
    assert world.roll_ups() == world.expected_roll_ups()
    assert world.keys_left() == []
    assert world.rekognition.requests == [
        {
            "Image": {"S3Object": {"Bucket": BUCKET, "Name": key}},
            "MinConfidence": 50.0,
            "Features": ["GENERAL_LABELS"],
            "Settings": {"GeneralLabels": {"LabelInclusionFilters": ["Person"]}},
        }
    ]


def test_nothing_is_paid_for_a_row_whose_rule_cannot_be_kept(world: World) -> None:
    """A row must not name a rule that nobody can read back."""
    world.add(camera())
    key = world.frame("till-1", at(5), people(99))

    def refuse(http_response: Any, parsed: dict[str, Any], **_: Any) -> None:
        http_response.status_code = 400
        parsed["Error"] = {"Code": "AccessDeniedException", "Message": "no"}

    world.dynamodb.meta.events.register("after-call.dynamodb.PutItem", refuse)
    try:
        batch = world.count([event("m", key)])
    finally:
        world.dynamodb.meta.events.unregister("after-call.dynamodb.PutItem", refuse)
    assert (failed(batch), set(batch.failures)) == (["m"], {"PutItem: AccessDeniedException"})
    assert (world.rekognition.requests, world.rows(), world.keys_left()) == ([], [], [key])


def test_rows_of_a_changed_rule_name_the_new_one(world: World) -> None:
    world.add(camera())
    before = world.registry.get("till-1")
    world.count([event("a", world.frame("till-1", at(0), people(99, 90)))])
    world.registry.change(before, replace(before.camera, min_confidence=90.0), NOON)
    world.count([event("b", world.frame("till-1", at(5), people(99, 90)))])
    old, new = Rule(95.0).digest, Rule(90.0).digest
    assert [(row.count, row.rule) for row in world.rows()] == [(1, old), (2, new)]
    assert [quarter.rule for quarter in world.roll_ups()] == [MIXED]
    kept = KeptRules(world.dynamodb, QUARTERS)
    assert (kept.get("till-1", old), kept.get("till-1", new)) == (Rule(95.0), Rule(90.0))


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


def test_what_no_retry_can_handle_goes_once_to_the_dead_letter_queue(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.add(camera())
    good = world.frame("till-1", at(0), people(99))
    stranger = event("stranger", frame_key("till-9", at(0)))
    batch = world.count([Message("bad", "{"), stranger, event("good", good)])
    assert (failed(batch), batch.tally["Refused"]) == ([], 2)
    dead = dict(world.dead_letters())
    assert "is not JSON" in dead.pop("{")
    [(body, reason)] = dead.items()
    assert json.loads(body) == json.loads(stranger.body)
    assert "'till-9' is not in the registry" in reason
    assert world.counts() == {"12:00:00": 1}
    assert sorted(record.getMessage() for record in caplog.records) == [
        f"sent to the dead-letter queue: {reason}",
        "sent to the dead-letter queue: message bad is not JSON",
    ]


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
    assert "'frame/holiday.jpg' is not a frame key" in reason
    assert world.counts() == {"12:00:00": 0, "12:05:00": 1}
    assert world.keys_left() == ["frame/holiday.jpg"]


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
    assert "camera 'till-2': min_confidence 5 is outside 50..100" in batch.failures["InvalidCamera"][0]
    assert batch.tally["InvalidCameras"] == 1
    assert world.counts("till-1") == {"12:00:00": 1}


def test_a_second_unit_with_the_original_function_is_reported(
    world: World, capfd: pytest.CaptureFixture[str]
) -> None:
    world.add(camera("lens", source=Source.PUSH, original_deeplens=True))
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


def test_no_credential_reaches_a_log(world: World, capfd: pytest.CaptureFixture[str]) -> None:
    """Even if AWS quotes one: DynamoDB's response to a wrong signature contains the session token."""
    world.add(camera())
    token = "FwoGZXIvYXdzEXAMPLETOKEN"
    lines = StringIO()
    listener = logging.StreamHandler(lines)

    def refuse(http_response: Any, parsed: dict[str, Any], **_: Any) -> None:
        http_response.status_code = 400
        parsed["Error"] = {"Code": "InvalidSignatureException", "Message": f"x-amz-security-token:{token}"}

    key = world.frame("till-1", at(0), {"error": "AccessDeniedException"})
    stored = world.frame("till-1", at(5), {"Labels": []})
    logging.getLogger("counter").addHandler(listener)
    try:
        refused = world.count([event("a", key)])
        world.dynamodb.meta.events.register("after-call.dynamodb.PutItem", refuse)
        batch = world.count([event("b", stored)])
    finally:
        logging.getLogger("counter").removeHandler(listener)
        world.dynamodb.meta.events.unregister("after-call.dynamodb.PutItem", refuse)
    assert {*refused.failures, *batch.failures} == {
        "DetectLabels: AccessDeniedException",
        "PutItem: InvalidSignatureException",
    }
    logged = lines.getvalue() + "".join(capfd.readouterr())
    assert "InvalidSignatureException" in logged
    assert not any(secret in logged for secret in (token, "testing"))
