"""StartMessageMoveTask and ListMessageMoveTasks over the wire, on queues of their own."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from time import sleep
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from infra.local.cloud import LocalCloud
from tests.chain import CountsSquares

pytestmark = pytest.mark.own_cloud

REASON = {"Reason": {"DataType": "String", "StringValue": "no such camera"}}


@pytest.fixture(scope="module")
def sqs() -> Iterator[Any]:
    with LocalCloud(CountsSquares()):
        yield boto3.Session().client("sqs")


@dataclass(frozen=True)
class Pair:
    """A queue and its dead-letter queue."""

    url: str
    arn: str
    dead_url: str
    dead_arn: str


@pytest.fixture
def pair(sqs: Any) -> Iterator[Pair]:
    dead_url = sqs.create_queue(QueueName="some-dead")["QueueUrl"]
    dead_arn = arn(sqs, dead_url)
    redrive = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 2})
    url = sqs.create_queue(QueueName="some", Attributes={"RedrivePolicy": redrive})["QueueUrl"]
    yield Pair(url, arn(sqs, url), dead_url, dead_arn)
    for name in (url, dead_url):
        sqs.delete_queue(QueueUrl=name)


def arn(sqs: Any, url: str) -> str:
    found: str = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return found


def start(sqs: Any, pair: Pair, **changes: Any) -> Any:
    params = {"SourceArn": pair.dead_arn, "DestinationArn": pair.arn, **changes}
    return sqs.start_message_move_task(**{name: value for name, value in params.items() if value is not None})


def ended(sqs: Any, pair: Pair) -> dict[str, Any]:
    """The newest task once it has ended."""
    while True:
        task: dict[str, Any] = sqs.list_message_move_tasks(SourceArn=pair.dead_arn)["Results"][0]
        if task["Status"] != "RUNNING":
            return task
        sleep(0.01)


def received(sqs: Any, url: str) -> list[Any]:
    answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
    found: list[Any] = answer.get("Messages", [])
    return found


def test_visible_messages_move_with_their_attributes(sqs: Any, pair: Pair) -> None:
    sqs.send_message(QueueUrl=pair.dead_url, MessageBody="hidden")
    (hidden,) = received(sqs, pair.dead_url)
    for body in ("a", "b"):
        sqs.send_message(QueueUrl=pair.dead_url, MessageBody=body, MessageAttributes=REASON)
    assert start(sqs, pair)["TaskHandle"]
    task = ended(sqs, pair)
    assert (task["Status"], task["ApproximateNumberOfMessagesMoved"]) == ("COMPLETED", 2)
    assert (task["MaxNumberOfMessagesPerSecond"], "TaskHandle" in task) == (500, False)
    moved = received(sqs, pair.url)
    assert {message["Body"] for message in moved} == {"a", "b"}
    assert all(m["MessageAttributes"]["Reason"]["StringValue"] == "no such camera" for m in moved)
    sqs.change_message_visibility(
        QueueUrl=pair.dead_url, ReceiptHandle=hidden["ReceiptHandle"], VisibilityTimeout=0
    )
    assert [message["Body"] for message in received(sqs, pair.dead_url)] == ["hidden"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"SourceArn": "arn:aws:sqs:us-east-1:123456789012:none"}, "ResourceNotFoundException"),
        ({"DestinationArn": "arn:aws:sqs:us-east-1:123456789012:none"}, "ResourceNotFoundException"),
        ({"DestinationArn": None}, "UnsupportedOperation"),
        ({"MaxNumberOfMessagesPerSecond": 501}, "InvalidParameterValue"),
        ({"MaxNumberOfMessagesPerSecond": 0}, "InvalidParameterValue"),
    ],
)
def test_refused(sqs: Any, pair: Pair, changes: dict[str, Any], code: str) -> None:
    with pytest.raises(ClientError) as refused:
        start(sqs, pair, **changes)
    assert refused.value.response["Error"]["Code"] == code


def test_only_a_dead_letter_queue_can_be_the_source(sqs: Any, pair: Pair) -> None:
    with pytest.raises(ClientError, match="must be a dead-letter queue"):
        start(sqs, pair, SourceArn=pair.arn, DestinationArn=pair.dead_arn)


def test_one_task_runs_for_each_source(sqs: Any, pair: Pair) -> None:
    for body in ("a", "b", "c"):
        sqs.send_message(QueueUrl=pair.dead_url, MessageBody=body)
    start(sqs, pair, MaxNumberOfMessagesPerSecond=1)
    with pytest.raises(ClientError, match="already a task running"):
        start(sqs, pair)
    (task,) = sqs.list_message_move_tasks(SourceArn=pair.dead_arn)["Results"]
    assert (task["Status"], bool(task["TaskHandle"])) == ("RUNNING", True)
    sqs.purge_queue(QueueUrl=pair.dead_url)
    assert ended(sqs, pair)["Status"] == "COMPLETED"
