"""The event source mapping against SQS: what is deleted, redelivered, or moved to the dead-letter queue."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from threading import Event as Signal
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from infra.local.lambdas.functions import Function, QueueSource
from infra.local.lambdas.invocation import Answer, Failure, Invoker
from infra.local.lambdas.poller import QueuePoller, failed_messages

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class Mapping:
    """A queue with a dead-letter queue after two receives, and a poller that hands bodies to a handler."""

    def __init__(
        self, sqs: "SQSClient", handler: Callable[[dict[str, Any]], Any], source: dict[str, Any]
    ) -> None:
        self.sqs = sqs
        self.failures: list[Failure] = []
        self.dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
        dead_arn = "arn:aws:sqs:us-east-1:123456789012:dead"
        redrive = f'{{"deadLetterTargetArn": "{dead_arn}", "maxReceiveCount": 2}}'
        attributes: Any = {"VisibilityTimeout": "600", "RedrivePolicy": redrive}
        self.url = sqs.create_queue(QueueName="work", Attributes=attributes)["QueueUrl"]
        arn = "arn:aws:sqs:us-east-1:123456789012:work"
        function = Function("Worker", "w", "arn", "m.handler", 30.0, 128, {})
        invoker = Invoker(function, lambda event, _: handler(event), self.failures.append)
        self.stopping = Signal()
        queue = QueueSource("arn", self.url, arn, **{"reports_failures": True, **source})
        self.poller = QueuePoller(sqs, queue, "us-east-1", invoker, self.stopping, long_poll=0)

    def send(self, *bodies: str) -> None:
        for body in bodies:
            attributes: dict[str, Any] = {"colour": {"DataType": "String", "StringValue": "red"}}
            self.sqs.send_message(QueueUrl=self.url, MessageBody=body, MessageAttributes=attributes)

    def counts(self, url: str) -> tuple[int, int]:
        """Messages visible and in flight."""
        names: Any = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        got = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return int(got[names[0]]), int(got[names[1]])

    def make_visible(self, handle: str) -> None:
        """As if the visibility time-out had passed."""
        self.sqs.change_message_visibility(QueueUrl=self.url, ReceiptHandle=handle, VisibilityTimeout=0)


@pytest.fixture
def sqs() -> Iterator["SQSClient"]:
    with mock_aws():
        yield boto3.client("sqs", region_name="us-east-1")


def test_an_event_has_lambdas_shape_and_success_empties_the_queue(sqs: "SQSClient") -> None:
    events: list[dict[str, Any]] = []
    mapping = Mapping(sqs, events.append, {})
    mapping.send("a")
    assert mapping.poller.poll() == 1
    (record,) = events[0]["Records"]
    assert record["body"] == "a"
    assert record["eventSource"] == "aws:sqs"
    assert record["eventSourceARN"] == "arn:aws:sqs:us-east-1:123456789012:work"
    assert record["awsRegion"] == "us-east-1"
    assert record["md5OfBody"] == "0cc175b9c0f1b6a831c399e269772661"
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert {"SentTimestamp", "SenderId", "ApproximateFirstReceiveTimestamp"} <= record["attributes"].keys()
    assert record["messageAttributes"] == {"colour": {"stringValue": "red", "dataType": "String"}}
    assert {"messageId", "receiptHandle"} <= record.keys()
    assert mapping.counts(mapping.url) == (0, 0)


def test_only_what_failed_stays(sqs: "SQSClient") -> None:
    def handler(event: dict[str, Any]) -> dict[str, Any]:
        failed = [record["messageId"] for record in event["Records"] if record["body"] == "bad"]
        return {"batchItemFailures": [{"itemIdentifier": name} for name in failed]}

    mapping = Mapping(sqs, handler, {})
    mapping.send("good", "bad", "fine")
    assert mapping.poller.poll() == 3
    assert mapping.counts(mapping.url) == (0, 1)
    assert not mapping.failures


def test_a_failed_batch_comes_again_and_is_redriven_after_its_last_receive(sqs: "SQSClient") -> None:
    handles: list[str] = []

    def handler(event: dict[str, Any]) -> None:
        handles.extend(record["receiptHandle"] for record in event["Records"])
        raise ValueError("broken")

    mapping = Mapping(sqs, handler, {})
    mapping.send("a")
    for _ in range(2):
        assert mapping.poller.poll() == 1
        assert mapping.counts(mapping.url) == (0, 1)
        mapping.make_visible(handles[-1])
    assert mapping.poller.poll() == 0
    assert mapping.counts(mapping.dead) == (1, 0)
    assert [str(failure) for failure in mapping.failures] == ["Worker: ValueError: broken"] * 2


def test_batches_are_filled_beyond_one_receive_and_not_beyond_their_size(sqs: "SQSClient") -> None:
    sizes: list[int] = []
    mapping = Mapping(sqs, lambda event: sizes.append(len(event["Records"])), {"batch_size": 25})
    mapping.send(*map(str, range(30)))
    assert [mapping.poller.poll() for _ in range(2)] == [25, 5]
    assert sizes == [25, 5]
    assert mapping.counts(mapping.url) == (0, 0)


def test_a_batching_window_waits_for_more(sqs: "SQSClient") -> None:
    clock = iter([0.0, 0.5, 1.0])
    mapping = Mapping(sqs, lambda _: None, {"window": 1.0})

    def next_moment() -> float:
        mapping.send("later")
        return next(clock)

    mapping.send("first")
    # The window opens with the first message; each check of the clock sends another.
    assert replace(mapping.poller, monotonic=next_moment).poll() == 3


def test_it_stops_when_told_to(sqs: "SQSClient") -> None:
    mapping = Mapping(sqs, lambda _: mapping.stopping.set(), {})
    mapping.send("last")
    mapping.poller.run()
    assert mapping.counts(mapping.url) == (0, 0)


def test_a_queue_that_cannot_be_polled_is_reported_by_the_functions_name(sqs: "SQSClient") -> None:
    mapping = Mapping(sqs, lambda _: None, {})
    sqs.delete_queue(QueueUrl=mapping.url)

    class StopsAtFirstFailure(list[Failure]):
        def append(self, failure: Failure) -> None:
            super().append(failure)
            mapping.stopping.set()

    failures = StopsAtFirstFailure()
    replace(mapping.poller, invoker=replace(mapping.poller.invoker, report=failures.append)).run()
    assert failures[0].function == "Worker"
    assert "could not be polled" in failures[0].reason


@pytest.mark.parametrize(
    ("result", "failed"),
    [
        (None, set()),
        ({}, set()),
        ({"batchItemFailures": None}, set()),
        ({"batchItemFailures": []}, set()),
        ({"batchItemFailures": [{"itemIdentifier": "1"}]}, {"1"}),
        ({"batchItemFailures": [{"itemIdentifier": "9"}]}, {"1", "2"}),
        ({"batchItemFailures": [{"itemIdentifier": ""}]}, {"1", "2"}),
        ({"batchItemFailures": [{"itemIdentifier": None}]}, {"1", "2"}),
        ({"batchItemFailures": [{"id": "1"}]}, {"1", "2"}),
        ({"batchItemFailures": "1"}, {"1", "2"}),
        ("done", {"1", "2"}),
    ],
)
def test_lambdas_rules_for_partial_failures(result: object, failed: set[str]) -> None:
    source = QueueSource("arn", "url", "arn", reports_failures=True)
    assert failed_messages(Answer(result), ["1", "2"], source) == failed


def test_a_mapping_that_does_not_report_failures_takes_any_answer_for_success() -> None:
    source = QueueSource("arn", "url", "arn")
    assert failed_messages(Answer({"batchItemFailures": [{"itemIdentifier": "1"}]}), ["1"], source) == set()
