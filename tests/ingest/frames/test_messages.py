import json
from datetime import UTC, datetime

import pytest

from ingest.frames.messages import GapNotice, GapReason, PullRequest

INSTANT = datetime(2026, 11, 22, 14, 5, tzinfo=UTC)
REQUEST = {"PullRequest": {"CameraId": "entrance"}}
NOTICE = {"GapNotice": {"CameraId": "entrance", "Instant": "2026-11-22T14:05:00.000Z", "Reason": "no_media"}}


def test_a_pull_request_crosses_the_queue() -> None:
    assert json.loads(PullRequest("entrance").to_body()) == REQUEST
    assert PullRequest.from_body(json.dumps(REQUEST)) == PullRequest("entrance")


@pytest.mark.parametrize("reason", list(GapReason))
def test_a_gap_notice_crosses_the_queue(reason: GapReason) -> None:
    notice = GapNotice("entrance", INSTANT, reason)
    assert GapNotice.from_body(notice.to_body()) == notice


def test_the_form_of_a_gap_notice() -> None:
    assert json.loads(GapNotice("entrance", INSTANT, GapReason.NO_MEDIA).to_body()) == NOTICE


def without(field: str) -> dict[str, dict[str, str]]:
    return {"GapNotice": {name: value for name, value in NOTICE["GapNotice"].items() if name != field}}


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("", "Expecting value"),
        ("{", "Expecting property name"),
        ("null", "message 'null' is not a GapNotice"),
        ("[]", r"message '\[\]' is not a GapNotice"),
        ('"GapNotice"', "is not a GapNotice"),
        ('{"GapNotice": "x"}', "is not a GapNotice"),
        (json.dumps({"Event": "s3:TestEvent", "Bucket": "frames"}), "s3:TestEvent.* is not a GapNotice"),
        (json.dumps(REQUEST), "is not a GapNotice"),
        (json.dumps(without("CameraId")), "message field CameraId is None, expected text"),
        (json.dumps(without("Instant")), "message field Instant is None, expected text"),
        (json.dumps(without("Reason")), "message field Reason is None, expected text"),
        (json.dumps({"GapNotice": {"CameraId": 7}}), "message field CameraId is 7, expected text"),
        (
            json.dumps({"GapNotice": NOTICE["GapNotice"] | {"Reason": "tired"}}),
            "message field Reason is 'tired', expected one of no_media, media_error, ",
        ),
        (
            json.dumps({"GapNotice": NOTICE["GapNotice"] | {"Instant": "now"}}),
            "message field Instant 'now' is not a time: write it as 2026-11-22T14:05:00Z",
        ),
        (
            json.dumps({"GapNotice": NOTICE["GapNotice"] | {"Instant": "2026-11-22T14:05"}}),
            "message field Instant '2026-11-22T14:05' has no time zone",
        ),
    ],
)
def test_no_other_body_is_a_gap_notice(body: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        GapNotice.from_body(body)


@pytest.mark.parametrize("body", ["", "{}", "[]", json.dumps(NOTICE), '{"PullRequest": {"CameraId": null}}'])
def test_no_other_body_is_a_pull_request(body: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        PullRequest.from_body(body)


def test_a_long_body_is_named_by_its_beginning() -> None:
    with pytest.raises(ValueError, match="is not a PullRequest") as error:
        PullRequest.from_body(json.dumps(["x" * 100_000]))
    assert len(str(error.value)) < 200
