"""What each function's role allows: the calls that its code makes, and not those that it must not make."""

import json
import time
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from infra.iam.patterns import UnsupportedPolicy
from infra.local.lambdas.context import LambdaContext
from infra.local.lambdas.functions import Function, functions
from infra.local.lambdas.roles import confined, role_of
from infra.local.lambdas.runner import started
from infra.local.stack.managed_policies import UnknownManagedPolicy
from infra.local.stack.provision import provision
from infra.local.stack.resources import ProvisionedStack, Resource
from infra.local.stack.template import Template, load
from ingest.aws.failures import AwsFailed
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
DAY = "history/day=2026-11-22/store=north/quarters.jsonl.gz"
FRAME = "frame/door/2026-11-22/20261122T140500000Z_20261122T140458000Z.jpg"

# (service, operation, parameters with logical ids for names, functions that may)
CALLS: list[tuple[str, str, dict[str, Any], set[str]]] = [
    ("dynamodb", "Scan", {"TableName": "CameraTable"}, {"ScheduleFunction", "ClosingFunction"}),
    ("dynamodb", "GetItem", {"TableName": "CameraTable"}, {"PullFunction", "ClosingFunction"}),
    ("dynamodb", "GetItem", {"TableName": "OccupancyTable"}, set()),
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
    ("dynamodb", "UpdateItem", {"TableName": "StoreTable"}, {"CounterFunction", "ClosingFunction"}),
    ("dynamodb", "PutItem", {"TableName": "StoreTable"}, {"ClosingFunction"}),
    ("dynamodb", "DeleteItem", {"TableName": "StoreTable"}, {"ClosingFunction"}),
    ("dynamodb", "Query", {"TableName": "StoreTable"}, {"ClosingFunction"}),
    ("dynamodb", "Query", {"TableName": "StoreTable", "IndexName": "Stores"}, {"ClosingFunction"}),
    ("s3", "PutObject", {"Bucket": "HistoryBucket", "Key": DAY}, {"ClosingFunction"}),
    ("s3", "PutObject", {"Bucket": "HistoryBucket", "Key": "receipts/x"}, set()),
    ("s3", "GetObject", {"Bucket": "HistoryBucket", "Key": DAY}, {"ClosingFunction"}),
    ("s3", "DeleteObject", {"Bucket": "HistoryBucket", "Key": DAY}, set()),
    ("s3", "ListObjectsV2", {"Bucket": "HistoryBucket"}, {"ClosingFunction"}),
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


def with_ids(value: Any, stack: ProvisionedStack) -> Any:
    """`value` with the stack's ids in place of its logical ids, also as a dictionary's keys."""
    match value:
        case dict():
            return {stack.ids.get(key, key): with_ids(item, stack) for key, item in value.items()}
        case list():
            return [with_ids(item, stack) for item in value]
    return stack.ids.get(value, value)


@pytest.mark.parametrize(("service", "operation", "params", "allowed"), CALLS)
def test_who_may(
    service: str, operation: str, params: dict[str, Any], allowed: set[str], stack: ProvisionedStack
) -> None:
    given = with_ids(params, stack)
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
    """For the pull and the counter, which need more than moto, the tests of the whole chain show this."""
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


def test_the_closing_sends_the_daily_message_with_its_role(stack: ProvisionedStack) -> None:
    sqs, sns = boto3.client("sqs", "us-east-1"), boto3.client("sns", "us-east-1")
    url = sqs.create_queue(QueueName="mailbox")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=stack.outputs["AlarmTopicArn"], Protocol="sqs", Endpoint=arn)
    run(stack, "ClosingFunction", {"time": "2026-11-23T06:00:00Z"})
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    sent = json.loads(message["Body"])
    assert sent["Subject"].startswith(f"{stack.name}: ")
    assert "`occupancy doctor` everything" in sent["Message"]


def run(stack: ProvisionedStack, name: str, event: dict[str, Any]) -> Any:
    wanted = function(stack, name)
    context = LambdaContext(wanted.name, wanted.arn, wanted.memory, time.monotonic() + wanted.timeout)
    with pytest.MonkeyPatch.context() as environ:
        environ.setenv("AWS_DEFAULT_REGION", "us-east-1")
        return started(stack, wanted)(event, context)


def count(stack: ProvisionedStack, output: str) -> int:
    return boto3.client("dynamodb", "us-east-1").scan(TableName=stack.outputs[output])["Count"]


DOOR, TILL = FRAME, FRAME.replace("door", "till")
PUT = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::FrameBucket/frame/*"}
DENY_DOOR = PUT | {"Effect": "Deny", "Resource": "arn:aws:s3:::FrameBucket/frame/door/*"}
HERE, ELSEWHERE = ({"StringEquals": {"aws:RequestedRegion": region}} for region in ("us-east-1", "eu-west-1"))
MANAGED = "arn:aws:iam::123456789012:policy/Managed"
AWS_MANAGED = "arn:aws:iam::aws:policy"


def with_role(stack: ProvisionedStack, *statements: dict[str, Any], managed: Any = ()) -> ProvisionedStack:
    """The stack with these statements alone in PullRole, and those of a managed policy attached to it."""
    text = json.dumps([statements, managed]).replace("FrameBucket", stack.ids["FrameBucket"])
    inline, attached = json.loads(text)
    document = {"Version": "2012-10-17", "Statement": inline}
    # A policy has at least one statement.
    role = {
        "Policies": [{"PolicyName": "pull", "PolicyDocument": document}] if inline else [],
        "ManagedPolicyArns": [MANAGED] if attached else [],
    }
    policy = {"PolicyDocument": {"Version": "2012-10-17", "Statement": attached}}
    changed = {
        "PullRole": Resource("PullRole", "AWS::IAM::Role", role),
        "Managed": Resource("Managed", "AWS::IAM::ManagedPolicy", policy),
    }
    return replace(stack, resources={**stack.resources, **changed}, ids={**stack.ids, "Managed": MANAGED})


@pytest.mark.parametrize(
    ("statements", "managed", "key", "allowed"),
    [
        ([PUT], [], DOOR, True),
        ([PUT, DENY_DOOR], [], DOOR, False),
        ([PUT, DENY_DOOR], [], TILL, True),
        ([DENY_DOOR, PUT], [], DOOR, False),
        ([PUT | {"Condition": HERE}], [], DOOR, True),
        ([PUT | {"Condition": ELSEWHERE}], [], DOOR, False),
        ([PUT, DENY_DOOR | {"Condition": ELSEWHERE}], [], DOOR, True),
        ([], [PUT], DOOR, True),
        ([PUT], [DENY_DOOR], DOOR, False),
    ],
)
def test_a_call_is_refused_by_a_deny_and_by_an_unmet_condition(
    stack: ProvisionedStack, statements: list[Any], managed: list[Any], key: str, allowed: bool
) -> None:
    changed = with_role(stack, *statements, managed=managed)
    role = role_of(changed, function(changed, "PullFunction"))
    s3 = confined(role, lambda: boto3.client("s3", region_name="us-east-1"))
    call = partial(s3.put_object, Bucket=stack.ids["FrameBucket"], Key=key, Body=b"jpeg")
    if allowed:
        call()
    else:
        with pytest.raises(ClientError, match=r"PullRole does not allow s3:PutObject on .*/frame/door/"):
            call()


def with_statements(*statements: dict[str, Any]) -> Template:
    """The template with these statements alone in ScheduleRole."""
    body = deepcopy(dict(load().body))
    (policy,) = body["Resources"]["ScheduleRole"]["Properties"]["Policies"]
    policy["PolicyDocument"]["Statement"] = list(statements)
    return Template(body)


ANYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
DENY_SCAN = {"Effect": "Deny", "Action": "dynamodb:*can", "Resource": {"Fn::GetAtt": ["CameraTable", "Arn"]}}


@pytest.mark.parametrize(
    ("name", "statements"),
    [("deny", [ANYTHING, DENY_SCAN]), ("unmet-condition", [ANYTHING | {"Condition": ELSEWHERE}])],
)
@pytest.mark.usefixtures("stack")
def test_a_function_of_such_a_template_fails(name: str, statements: list[dict[str, Any]]) -> None:
    session = boto3.Session(region_name="us-east-1")
    well = provision(session, with_statements(ANYTHING), f"well-{name}")
    assert run(well, "ScheduleFunction", {"time": "2026-11-22T14:30:00Z"})["asked"] == 0
    refused = provision(session, with_statements(*statements), name)
    with pytest.raises(AwsFailed, match="Scan: AccessDenied"):
        run(refused, "ScheduleFunction", {"time": "2026-11-22T14:30:00Z"})


def test_aws_s_own_managed_policies_are_read(stack: ProvisionedStack) -> None:
    role = Resource(
        "PullRole", "AWS::IAM::Role", {"ManagedPolicyArns": [f"{AWS_MANAGED}/service-role/{LOGS}"]}
    )
    changed = replace(stack, resources={**stack.resources, "PullRole": role})
    pull = role_of(changed, function(changed, "PullFunction"))
    group = "arn:aws:logs:us-east-1:123456789012:log-group:any"
    assert pull.allows(("logs:CreateLogGroup", group))
    assert not pull.allows(("logs:DeleteLogGroup", group))


LOGS = "AWSLambdaBasicExecutionRole"


@pytest.mark.parametrize("arn", [f"{AWS_MANAGED}/Nothing", f"{AWS_MANAGED}/{LOGS}", MANAGED])
def test_a_managed_policy_that_nobody_has_is_named(stack: ProvisionedStack, arn: str) -> None:
    role = Resource("PullRole", "AWS::IAM::Role", {"ManagedPolicyArns": [arn]})
    changed = replace(stack, resources={**stack.resources, "PullRole": role})
    with pytest.raises(UnknownManagedPolicy, match=arn):
        role_of(changed, function(changed, "PullFunction"))


def test_what_the_evaluator_does_not_know_stops_the_start(stack: ProvisionedStack) -> None:
    changed = with_role(stack, PUT | {"Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}})
    with pytest.raises(UnsupportedPolicy, match="operator IpAddress"):
        started(changed, function(changed, "PullFunction"))


def test_a_condition_key_that_the_local_cloud_does_not_know_stops_the_call(stack: ProvisionedStack) -> None:
    deny = DENY_DOOR | {"Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}}
    changed = with_role(stack, PUT, deny)
    role = role_of(changed, function(changed, "PullFunction"))
    bucket = stack.ids["FrameBucket"]
    with pytest.raises(UnsupportedPolicy, match=r"PullRole: .*s3:PutObject depends on .* key aws:sourcevpce"):
        role.refused("s3", "PutObject", {"Bucket": bucket, "Key": DOOR})
    assert role.refused("s3", "PutObject", {"Bucket": bucket, "Key": TILL}) == []
