import json
from typing import Any

import pytest

from counter.counting.messages import DeadLetter, FrameArrival, NoticeArrival, read
from ingest.frames.messages import GapNotice, GapReason
from tests.counter.world import BUCKET, at, s3_record


def test_keys_arrive_url_encoded() -> None:
    record = s3_record("frame/2026-11-22 12:00:00.123456.jpg", at(0))
    assert record["s3"]["object"]["key"] == "frame/2026-11-22+12%3A00%3A00.123456.jpg"
    [arrival] = read("m", json.dumps({"Records": [record]}), BUCKET)
    assert isinstance(arrival, FrameArrival)
    assert (arrival.key, arrival.event_time) == ("frame/2026-11-22 12:00:00.123456.jpg", at(0))


def test_each_record_stands_for_itself() -> None:
    records = [s3_record("frame/a.jpg", at(0)), {"strange": True}, s3_record("frame/b.jpg", at(1))]
    first, second, third = read("m", json.dumps({"Records": records}), BUCKET)
    assert [type(arrival) for arrival in (first, second, third)] == [FrameArrival, DeadLetter, FrameArrival]
    assert json.loads(second.body) == {"Records": [{"strange": True}]}


def test_a_gap_notice() -> None:
    notice = GapNotice("till-1", at(0), GapReason.NO_MEDIA)
    assert list(read("m", notice.to_body(), BUCKET)) == [NoticeArrival("m", notice.to_body(), notice)]


def changed(path: str, value: Any) -> dict[str, Any]:
    record = s3_record("frame/a.jpg", at(0))
    inner: Any = record
    *parts, last = path.split(".")
    for part in parts:
        inner = inner[part]
    inner[last] = value
    return record


def without(path: str) -> dict[str, Any]:
    record = s3_record("frame/a.jpg", at(0))
    inner: Any = record
    *parts, last = path.split(".")
    for part in parts:
        inner = inner[part]
    del inner[last]
    return record


NO_EVENT = "message m is not an S3 event of a new object: "
MISSING = "is missing: only S3 and the pull may send to this queue"
SUBSCRIBE = "subscribe the queue only to s3:ObjectCreated:*"


@pytest.mark.parametrize(
    ("record", "sentence"),
    [
        (None, NO_EVENT + "the record is None, expected an object"),
        ("text", NO_EVENT + "the record is 'text', expected an object"),
        ([], NO_EVENT + "the record is [], expected an object"),
        (without("eventName"), NO_EVENT + f"eventName {MISSING}"),
        (without("eventTime"), NO_EVENT + f"eventTime {MISSING}"),
        (without("s3.object.key"), NO_EVENT + f"s3.object.key {MISSING}"),
        (
            changed("eventName", "ObjectRemoved:Delete"),
            NO_EVENT + f"eventName is 'ObjectRemoved:Delete': {SUBSCRIBE}",
        ),
        (changed("eventName", None), NO_EVENT + "eventName is None, expected a text"),
        (
            changed("eventTime", "bla"),
            NO_EVENT + "eventTime 'bla' is not a time: write it as 2026-11-22T14:05:00Z",
        ),
        (
            changed("eventTime", "2026-11-22T12:00:00"),
            NO_EVENT + "eventTime '2026-11-22T12:00:00' has no time zone: write it as 2026-11-22T14:05:00Z",
        ),
        (
            changed("eventTime", "0001-01-01T00:00:00+23:00"),
            NO_EVENT + "eventTime '0001-01-01T00:00:00+23:00' is outside the calendar in UTC",
        ),
        (changed("eventTime", 7), NO_EVENT + "eventTime is 7, expected a text"),
        (changed("s3", None), NO_EVENT + "s3 is None, expected an object"),
        (changed("s3.object", 3), NO_EVENT + "s3.object is 3, expected an object"),
        (
            changed("s3.bucket.name", ["x" * 999]),
            NO_EVENT + f"s3.bucket.name is ['{'x' * 78}, expected a text",
        ),
        (
            changed("s3.bucket.name", "other"),
            "key 'frame/a.jpg' is in bucket 'other', but this stack's bucket is 'frames'",
        ),
        (
            changed("s3.object.key", "frame/a%01.jpg"),
            r"key 'frame/a\x01.jpg' is not a frame key: it has control characters",
        ),
    ],
)
def test_what_is_no_new_object_of_ours_is_refused_with_a_sentence(record: Any, sentence: str) -> None:
    [refusal] = read("m", json.dumps({"Records": [record]}), BUCKET)
    assert isinstance(refusal, DeadLetter)
    assert refusal.reason == sentence
    assert json.loads(refusal.body) == {"Records": [record]}


@pytest.mark.parametrize(
    "body",
    [
        "",
        "rtsp://user:secret@10.0.0.7/live",
        '{"url": "rtsp://user:secret@10.0.0.7"}',
        '{"GapNotice": "rtsp://user:secret@10.0.0.7"}',
        "null",
        "[]",
    ],
)
def test_a_refusal_does_not_quote_the_body(body: str) -> None:
    [refusal] = read("m-1", body, BUCKET)
    assert isinstance(refusal, DeadLetter)
    assert "m-1" in refusal.reason
    assert "secret" not in refusal.reason
