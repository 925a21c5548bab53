"""What each function's role lets it do: the calls that its code makes, and those that it must not make."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from infra.local.lambdas.context import LambdaContext
from infra.local.lambdas.functions import Function, functions
from infra.local.lambdas.roles import Role, confined, role_of
from infra.local.lambdas.runner import started
from infra.local.stack.provision import ProvisionedStack, provision
from infra.local.stack.template import load
from ingest.frames.messages import PullRequest
from ingest.registry.camera import Camera
from ingest.registry.table import CameraRegistry

SERVICES = {
    "dynamodb": "dynamodb",
    "kinesisvideo": "kinesis-video",
    "archive": "kinesis-video-archived-media",
    "media": "kinesis-video-media",
    "rekognition": "rekognition",
    "s3": "s3",
    "sqs": "sqs",
    "lambda": "lambda",
}
FUNCTIONS = ("ScheduleFunction", "PullFunction", "CounterFunction", "ClosingFunction")
FRAME = "frame/door/2026-11-22/20261122T140500000Z_20261122T140458000Z.jpg"

# (service, operation, parameters with logical ids for names, who may)
CALLS: list[tuple[str, str, dict[str, Any], set[str]]] = [
    ("dynamodb", "Scan", {"TableName": "CameraTable"}, {"ScheduleFunction", "ClosingFunction"}),
    ("dynamodb", "UpdateItem", {"TableName": "CameraTable"}, {"PullFunction", "ClosingFunction"}),
    ("dynamodb", "PutItem", {"TableName": "CameraTable"}, set()),
    ("dynamodb", "DeleteItem", {"TableName": "CameraTable"}, set()),
    ("dynamodb", "BatchGetItem", {"RequestItems": {"CameraTable": {}}}, {"CounterFunction"}),
    ("dynamodb", "Query", {"TableName": "CameraTable", "IndexName": "Sender"}, {"CounterFunction"}),
    ("dynamodb", "Query", {"TableName": "CameraTable"}, set()),
    (
        "dynamodb",
        "BatchGetItem",
        {"RequestItems": {"OccupancyTable": {}}},
        {"CounterFunction", "ClosingFunction"},
    ),
    ("dynamodb", "BatchGetItem", {"RequestItems": {"OccupancyTable": {}, "QuarterHourTable": {}}}, set()),
    ("dynamodb", "Query", {"TableName": "OccupancyTable"}, {"CounterFunction", "ClosingFunction"}),
    ("dynamodb", "PutItem", {"TableName": "OccupancyTable"}, {"CounterFunction", "ClosingFunction"}),
    ("dynamodb", "DeleteItem", {"TableName": "OccupancyTable"}, set()),
    ("dynamodb", "PutItem", {"TableName": "QuarterHourTable"}, {"CounterFunction", "ClosingFunction"}),
    ("dynamodb", "PutItem", {"TableName": "another-table"}, set()),
    ("sqs", "SendMessageBatch", {"QueueUrl": "PullQueue"}, {"ScheduleFunction"}),
    ("sqs", "SendMessageBatch", {"QueueUrl": "FrameQueue"}, {"PullFunction"}),
    ("sqs", "SendMessage", {"QueueUrl": "FrameDeadLetterQueue"}, {"CounterFunction"}),
    ("sqs", "PurgeQueue", {"QueueUrl": "FrameQueue"}, set()),
    ("s3", "PutObject", {"Bucket": "FrameBucket", "Key": FRAME}, {"PullFunction"}),
    ("s3", "PutObject", {"Bucket": "FrameBucket", "Key": "elsewhere/x.jpg"}, set()),
    ("s3", "PutObject", {"Bucket": "another-bucket", "Key": FRAME}, set()),
    ("s3", "GetObject", {"Bucket": "FrameBucket", "Key": FRAME}, {"CounterFunction"}),
    ("s3", "HeadObject", {"Bucket": "FrameBucket", "Key": FRAME}, {"CounterFunction"}),
    ("s3", "ListObjectsV2", {"Bucket": "FrameBucket"}, {"CounterFunction", "ClosingFunction"}),
    (
        "s3",
        "DeleteObjects",
        {"Bucket": "FrameBucket", "Delete": {"Objects": [{"Key": FRAME}]}},
        {"CounterFunction", "ClosingFunction"},
    ),
    (
        "s3",
        "DeleteObjects",
        {"Bucket": "FrameBucket", "Delete": {"Objects": [{"Key": FRAME}, {"Key": "elsewhere/x.jpg"}]}},
        set(),
    ),
    (
        "rekognition",
        "DetectLabels",
        {"Image": {"S3Object": {"Bucket": "FrameBucket", "Name": FRAME}}},
        {"CounterFunction"},
    ),
    (
        "rekognition",
        "DetectLabels",
        {"Image": {"S3Object": {"Bucket": "another-bucket", "Name": FRAME}}},
        set(),
    ),
    ("rekognition", "DetectFaces", {"Image": {"S3Object": {"Bucket": "FrameBucket", "Name": FRAME}}}, set()),
    ("kinesisvideo", "DescribeStream", {"StreamName": "door"}, {"PullFunction"}),
    ("kinesisvideo", "GetDataEndpoint", {"StreamName": "door"}, {"PullFunction"}),
    ("kinesisvideo", "DeleteStream", {"StreamARN": "arn:aws:kinesisvideo:us-east-1:1:stream/door/1"}, set()),
    ("archive", "ListFragments", {"StreamName": "door"}, {"PullFunction"}),
    ("archive", "GetMediaForFragmentList", {"StreamName": "door"}, {"PullFunction"}),
    ("archive", "GetClip", {"StreamName": "door"}, set()),
    ("lambda", "Invoke", {"FunctionName": "PullFunction"}, set()),
]


@pytest.fixture(scope="module")
def stack() -> Iterator[ProvisionedStack]:
    with pytest.MonkeyPatch.context() as environ, mock_aws():
        environ.setenv("AWS_ACCESS_KEY_ID", "testing")
        environ.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        yield provision(boto3.Session(region_name="us-east-1"), load(), "store-occupancy")


def function(stack: ProvisionedStack, name: str) -> Function:
    return next(it for it in functions(stack).values() if it.logical_id == name)


def physical(value: Any, stack: ProvisionedStack) -> Any:
    """`value` with the stack's ids in place of its logical ids, also as a dictionary's keys."""
    match value:
        case dict():
            return {stack.ids.get(key, key): physical(item, stack) for key, item in value.items()}
        case list():
            return [physical(item, stack) for item in value]
    return stack.ids.get(value, value)


@pytest.mark.parametrize(("service", "operation", "params", "allowed"), CALLS)
def test_who_may(
    service: str, operation: str, params: dict[str, Any], allowed: set[str], stack: ProvisionedStack
) -> None:
    given = physical(params, stack)
    roles = {name: role_of(stack, function(stack, name)) for name in FUNCTIONS}
    assert {
        name for name, role in roles.items() if not role.refused(SERVICES[service], operation, given)
    } == allowed


def test_a_confined_client_is_refused_what_its_role_does_not_give(stack: ProvisionedStack) -> None:
    before = boto3.DEFAULT_SESSION
    role = role_of(stack, function(stack, "PullFunction"))
    s3 = confined(role, lambda: boto3.client("s3", region_name="us-east-1"))
    bucket = stack.ids["FrameBucket"]
    s3.put_object(Bucket=bucket, Key=FRAME, Body=b"jpeg")
    with pytest.raises(ClientError, match=r"PullRole does not allow s3:GetObject on .*/frame/door/") as error:
        s3.get_object(Bucket=bucket, Key=FRAME)
    assert error.value.response["Error"]["Code"] == "AccessDeniedException"
    assert boto3.DEFAULT_SESSION is before
    anybody = boto3.client("s3", region_name="us-east-1")
    assert anybody.get_object(Bucket=bucket, Key=FRAME)["Body"].read() == b"jpeg"


def test_schedule_and_closing_do_their_work_with_their_roles(stack: ProvisionedStack) -> None:
    """The pull and the counter do so in the tests of the whole chain: they need more than moto."""
    name = stack.outputs["CameraTableName"]
    camera = Camera("door", "berlin-1", datetime(2026, 11, 22, 14, tzinfo=UTC))
    CameraRegistry(boto3.client("dynamodb", "us-east-1"), name).add(camera)
    event = {"time": "2026-11-22T14:30:00Z"}

    run(stack, "ScheduleFunction", event)
    url = stack.outputs["PullQueueUrl"]
    (message,) = boto3.client("sqs", "us-east-1").receive_message(QueueUrl=url)["Messages"]
    assert PullRequest.from_body(message["Body"]) == PullRequest("door")

    tally = run(stack, "ClosingFunction", event)
    assert (tally["Failed"], tally["InstantsOverdue"]) == (0, 0)
    assert count(stack, "OccupancyTableName") == 3
    assert count(stack, "QuarterHourTableName") == 1


def run(stack: ProvisionedStack, name: str, event: dict[str, Any]) -> Any:
    wanted = function(stack, name)
    context = LambdaContext(wanted.name, wanted.arn, wanted.memory, time.monotonic() + wanted.timeout)
    with pytest.MonkeyPatch.context() as environ:
        environ.setenv("AWS_DEFAULT_REGION", "us-east-1")
        return started(stack, wanted)(event, context)


def count(stack: ProvisionedStack, output: str) -> int:
    return boto3.client("dynamodb", "us-east-1").scan(TableName=stack.outputs[output])["Count"]


@pytest.mark.parametrize(
    ("value", "pattern", "matches"),
    [
        ("s3:GetObject", "s3:GetObject", True),
        ("s3:GetObject", "s3:Get*", True),
        ("s3:GetObject", "s3:Put*", False),
        ("*", "arn:aws:s3:::b", False),
        ("arn:aws:s3:::b/frame/x", "arn:aws:s3:::b/frame/*", True),
        ("arn:aws:s3:::bc/frame/x", "arn:aws:s3:::b/frame/*", False),
        ("arn:aws:s3:::b+c", "arn:aws:s3:::b.c", False),
    ],
)
def test_patterns(value: str, pattern: str, matches: bool) -> None:
    role = Role("R", "us-east-1", frozenset({(pattern, pattern)}))
    assert role.allows((value, value)) is matches
