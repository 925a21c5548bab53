from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from ingest.frames.bucket import FrameBucket, StoredFrame
from ingest.frames.inspection import Inspection
from ingest.frames.keys import FrameKey

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

NAME = "frames"


@pytest.fixture(scope="module")
def s3() -> Iterator["S3Client"]:
    with mock_aws():
        s3 = boto3.client("s3", region_name="us-east-1")
        s3.create_bucket(Bucket=NAME)
        yield s3


@pytest.fixture
def bucket(s3: "S3Client") -> Iterator[FrameBucket]:
    yield FrameBucket(s3, NAME)
    for key in keys(s3):
        s3.delete_object(Bucket=NAME, Key=key)


def keys(s3: "S3Client") -> list[str]:
    return [item["Key"] for item in s3.list_objects_v2(Bucket=NAME).get("Contents", ())]


def put(s3: "S3Client", key: str) -> str:
    s3.put_object(Bucket=NAME, Key=key, Body=b"{}")
    return key


def test_a_frame_lies_under_its_key_as_a_jpeg(s3: "S3Client", bucket: FrameBucket) -> None:
    instant = datetime(2023, 11, 14, 22, 15, 10, tzinfo=UTC)
    key = FrameKey("door", instant, instant - timedelta(milliseconds=1960))

    for _ in range(2):
        bucket.put(key, b"jpeg")

    assert keys(s3) == ["frame/door/2023-11-14/20231114T221510000Z_20231114T221508040Z.jpg"]
    stored = s3.get_object(Bucket=NAME, Key=str(key))
    assert (stored["ContentType"], stored["Body"].read()) == ("image/jpeg", b"jpeg")


@pytest.mark.parametrize("inspection", [Inspection("0123456789abcdef", True), Inspection("f" * 16), None])
def test_a_frame_is_found_with_what_its_sender_saw(
    bucket: FrameBucket, inspection: Inspection | None
) -> None:
    instant = datetime(2023, 11, 14, 22, 15, 10, tzinfo=UTC)
    key = FrameKey("door", instant, instant)
    bucket.put(key, b"jpeg", inspection)
    assert bucket.find(str(key)) == StoredFrame(4, inspection)
    assert bucket.read(str(key)) == b"jpeg"


def test_a_frame_of_another_sender_has_no_inspection(s3: "S3Client", bucket: FrameBucket) -> None:
    key = put(s3, "frame/2026-11-22 12:00:00.jpg")
    assert bucket.find(key) == StoredFrame(2, None)
    assert bucket.find(key + "x") is None
    assert bucket.read(key + "x") is None


def test_a_refusal_is_not_an_absence(s3: "S3Client", bucket: FrameBucket) -> None:
    def forbid(http_response: Any, parsed: dict[str, Any], **_: Any) -> None:
        http_response.status_code = parsed["ResponseMetadata"]["HTTPStatusCode"] = 403

    s3.meta.events.register("after-call.s3.HeadObject", forbid)
    with pytest.raises(ClientError):
        bucket.find("frame/a.jpg")
    s3.meta.events.unregister("after-call.s3.HeadObject", forbid)


def test_more_keys_than_one_call_takes(s3: "S3Client", bucket: FrameBucket) -> None:
    many = [f"frame/{number}.jpg" for number in range(1003)]
    for key in many[998:]:
        put(s3, key)
    assert bucket.delete(many) == {}
    assert keys(s3) == []
    assert bucket.delete([]) == {}


def test_waiting_is_bounded_and_lists_only_the_frame_prefix(s3: "S3Client", bucket: FrameBucket) -> None:
    for number in range(3):
        put(s3, f"frame/{number}.jpg")
    put(s3, "other/1.jpg")
    assert [key for key, _ in bucket.waiting(1)] == ["frame/0.jpg", "frame/1.jpg", "frame/2.jpg"]
    assert list(bucket.waiting(0)) == []


@pytest.mark.parametrize(
    ("body", "length", "start"), [(b"jpeg", 3, b"jpe"), (b"jpeg", 10, b"jpeg"), (b"", 10, b"")]
)
def test_the_start_of_a_frame(
    s3: "S3Client", bucket: FrameBucket, body: bytes, length: int, start: bytes
) -> None:
    s3.put_object(Bucket=NAME, Key="frame/a.jpg", Body=body)
    assert bucket.start_of("frame/a.jpg", length) == (start, len(body))


def test_the_start_of_a_frame_that_is_missing(bucket: FrameBucket) -> None:
    with pytest.raises(ClientError) as error:
        bucket.start_of("frame/none.jpg", 10)
    assert error.value.response["Error"]["Code"] == "NoSuchKey"
