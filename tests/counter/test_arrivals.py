import json
from typing import Any

import pytest

from counter.arrivals import FrameArrival, NoticeArrival, Refusal, read
from ingest.messages import GapNotice, GapReason
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
    assert [type(one) for one in (first, second, third)] == [FrameArrival, Refusal, FrameArrival]
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


@pytest.mark.parametrize(
    "record",
    [
        None,
        "text",
        [],
        changed("eventName", "ObjectRemoved:Delete"),
        changed("eventName", None),
        changed("eventTime", "yesterday"),
        changed("eventTime", "2026-11-22T12:00:00"),
        changed("eventTime", "0001-01-01T00:00:00+23:00"),
        changed("s3", None),
        changed("s3.object", {}),
        changed("s3.bucket.name", "other"),
        changed("s3.object.key", "frame/a%01.jpg"),
    ],
)
def test_what_is_no_new_object_of_ours_is_refused_with_a_sentence(record: Any) -> None:
    [refusal] = read("m", json.dumps({"Records": [record]}), BUCKET)
    assert isinstance(refusal, Refusal)
    assert refusal.reason
    assert json.loads(refusal.body) == {"Records": [record]}


@pytest.mark.parametrize(
    "body", ["", "rtsp://user:secret@10.0.0.7/live", '{"url": "rtsp://user:secret@10.0.0.7"}', "null", "[]"]
)
def test_a_refusal_does_not_quote_the_body(body: str) -> None:
    [refusal] = read("m-1", body, BUCKET)
    assert isinstance(refusal, Refusal)
    assert "m-1" in refusal.reason
    assert "secret" not in refusal.reason
