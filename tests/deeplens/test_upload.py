"""Spool -> S3: oldest first, until it has arrived; what is wrong is named, and nothing spins."""

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import CredentialRetrievalError, EndpointConnectionError, NoCredentialsError
from moto import mock_aws

from deeplens.camera.picture import jpeg as encoded
from deeplens.common.errors import UnitError
from deeplens.common.instants import frame_name, key
from deeplens.common.status_log import StatusLog
from deeplens.spool import Spool
from deeplens.upload import AHEAD, FIRST_WAIT, IDLE, LONGEST_WAIT, Uploader, s3_client
from ingest.frames.inspection import Inspection, digest_of
from tests.deeplens.unit import SETTINGS, START, grey, jpeg, stripes

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

NOW = START + 3600.0


@pytest.fixture
def s3() -> Iterator["S3Client"]:
    with mock_aws():
        client = s3_client()
        client.create_bucket(Bucket=SETTINGS.bucket)
        yield client


@pytest.fixture
def status_log() -> StatusLog:
    return StatusLog()


@pytest.fixture
def spool(tmp_path: Path, status_log: StatusLog) -> Spool:
    spool = Spool(tmp_path, 10**6, status_log)
    for number in (2, 0, 1):
        spool.put(name(number), jpeg(b"%d" % number))
    return spool


@pytest.fixture
def uploader(s3: "S3Client", spool: Spool, status_log: StatusLog) -> Uploader:
    return Uploader(s3, SETTINGS, spool, status_log, Random(1))


def name(number: int) -> str:
    return frame_name(START + 60 * number, (START + 60 * number) * 1000)


def stored(s3: "S3Client") -> list[str]:
    return [entry["Key"] for entry in s3.list_objects_v2(Bucket=SETTINGS.bucket).get("Contents", [])]


def failing(s3: "S3Client", act: Callable[..., Any]) -> Callable[[], None]:
    """Let `act` stand between the client and S3; what is given back ends that."""
    s3.meta.events.register("before-call.s3.PutObject", act)
    return lambda: s3.meta.events.unregister("before-call.s3.PutObject", act)


def test_oldest_first_each_under_its_key(
    s3: "S3Client", uploader: Uploader, spool: Spool, status_log: StatusLog
) -> None:
    assert uploader.step(NOW) == 0
    assert stored(s3) == [key("till-1", name(0))]
    assert [uploader.step(NOW) for _ in range(3)] == [0, 0, IDLE]
    assert stored(s3) == [key("till-1", name(number)) for number in range(3)]
    answer = s3.get_object(Bucket=SETTINGS.bucket, Key=key("till-1", name(1)))
    assert (answer["Body"].read(), answer["ContentType"]) == (jpeg(b"1"), "image/jpeg")
    assert (spool.waiting, status_log.counts["sent"], status_log.problems) == (0, 3, {})


@pytest.mark.parametrize(("picture", "word"), [(grey(0), "nothing"), (stripes(), "visible")])
def test_a_frame_says_what_it_shows_and_its_digest(
    s3: "S3Client", uploader: Uploader, spool: Spool, status_log: StatusLog, picture: Any, word: str
) -> None:
    frame = encoded(picture, 90)
    spool.put(name(-1), frame)
    assert uploader.step(NOW) == 0
    answer = s3.head_object(Bucket=SETTINGS.bucket, Key=key("till-1", name(-1)))
    assert answer["Metadata"] == Inspection(digest_of(frame), word == "nothing").to_metadata()
    assert ("picture" in status_log.problems) is (word == "nothing")
    uploader.step(NOW)  # a frame that cannot be decoded here is the counter's to judge
    assert s3.head_object(Bucket=SETTINGS.bucket, Key=key("till-1", name(0)))["Metadata"] == {}
    assert status_log.problems == {}


def test_what_lies_ahead_of_the_clock_waits(uploader: Uploader, spool: Spool) -> None:
    assert uploader.step(START - AHEAD - 1) == IDLE
    assert uploader.step(START - AHEAD) == 0
    assert spool.waiting == 2


def answer(status: int, code: str) -> Callable[..., Any]:
    parsed = {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {}}
    return lambda **_: (AWSResponse("https://s3", status, HTTPHeaders(), None), parsed)


def raising(error: Exception) -> Callable[..., Any]:
    def act(**_: Any) -> None:
        raise error

    return act


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (answer(404, "NoSuchBucket"), "it does not exist: set `bucket`"),
        (answer(403, "AccessDenied"), "access is denied: the unit's role needs s3:PutObject"),
        (answer(403, "RequestTimeTooSkewed"), "the unit's clock is wrong"),
        (answer(403, "InvalidAccessKeyId"), "AWS does not know the credentials"),
        (answer(301, "PermanentRedirect"), "it is in another region"),
        (answer(400, "EntityTooLarge"), "S3 refuses with PutObject: EntityTooLarge"),
        (
            raising(EndpointConnectionError(endpoint_url="x")),
            "it cannot be reached (EndpointConnectionError)",
        ),
        (raising(NoCredentialsError()), "the unit has no AWS credentials"),
        (raising(CredentialRetrievalError(provider="x", error_msg="SECRET")), "has no AWS credentials"),
    ],
)
def test_each_failure_is_named_and_the_frame_stays(
    s3: "S3Client",
    uploader: Uploader,
    spool: Spool,
    status_log: StatusLog,
    act: Callable[..., Any],
    sentence: str,
) -> None:
    mended = failing(s3, act)
    assert FIRST_WAIT / 2 < uploader.step(NOW) <= FIRST_WAIT
    assert sentence in status_log.problems["upload"]
    assert "'frames'" in status_log.problems["upload"]
    assert "SECRET" not in status_log.problems["upload"]
    assert (spool.waiting, status_log.counts["failed"], stored(s3)) == (3, 1, [])
    mended()
    assert uploader.step(NOW) == 0
    assert status_log.problems == {}


def test_the_pauses_grow_to_a_minute_and_begin_anew(s3: "S3Client", uploader: Uploader) -> None:
    mended = failing(s3, answer(403, "AccessDenied"))
    pauses = [uploader.step(NOW) for _ in range(12)]
    for pause, longest in zip(pauses, (1, 2, 4, 8, 16, 32, *[LONGEST_WAIT] * 6), strict=True):
        assert 0.75 * longest <= pause <= longest
    mended()
    uploader.step(NOW)
    failing(s3, answer(403, "AccessDenied"))
    assert uploader.step(NOW) <= FIRST_WAIT


def test_a_client_without_a_region_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.delenv("AWS_REGION", raising=False)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    with pytest.raises(UnitError, match="AWS_DEFAULT_REGION is not set"):
        s3_client()
