"""Guarantee 6 at the edge of the two ingest functions: they show no text of an AWS error."""

from collections.abc import Iterator
from datetime import timedelta

import boto3
import pytest
from moto import mock_aws

from ingest import schedule
from ingest.frames.messages import PullRequest
from ingest.pull import handler as pull
from ingest.registry.table import CameraRegistry
from ingest.times import to_text
from tests.aws_errors import FAILURES, assert_hidden, fail_calls, output_of
from tests.ingest.cloud import at, camera, create_camera_table, sqs_event


class Invocation:
    """What Lambda tells a handler."""

    aws_request_id = "request-1"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 60_000


@pytest.fixture(scope="module")
def environ() -> Iterator[dict[str, str]]:
    """The environment of both functions; the account has one camera, `door`."""
    with mock_aws(), pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "testing")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        dynamodb, sqs = boto3.client("dynamodb"), boto3.client("sqs")
        create_camera_table(dynamodb)
        CameraRegistry(dynamodb, "cameras").add(camera())
        boto3.client("s3").create_bucket(Bucket="frames")
        yield {
            "CAMERA_TABLE": "cameras",
            "FRAME_BUCKET": "frames",
            "FRAME_QUEUE_URL": sqs.create_queue(QueueName="frame")["QueueUrl"],
            "PULL_QUEUE_URL": sqs.create_queue(QueueName="pull")["QueueUrl"],
        }


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("service", ["dynamodb", "sqs"])
def test_the_schedule(
    environ: dict[str, str],
    service: str,
    failure: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    handle = schedule.start(environ)
    failed = fail_calls(monkeypatch, {service}, FAILURES[failure])
    assert_hidden(output_of(handle, {"time": to_text(at(60))}, Invocation(), capsys))
    assert failed


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("service", ["dynamodb", "kinesisvideo"])
def test_the_pull(
    environ: dict[str, str],
    service: str,
    failure: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(pull, "utc_now", lambda: at(7200) + timedelta(seconds=5))
    handle = pull.start(environ)
    failed = fail_calls(monkeypatch, {service}, FAILURES[failure])
    assert_hidden(output_of(handle, sqs_event(PullRequest("door").to_body()), Invocation(), capsys))
    assert failed
