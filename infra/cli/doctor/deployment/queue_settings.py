"""The settings of the queues: a message comes again in time, often enough, and then ends as a dead letter."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.cli.aws.stack import Deployed
from infra.cli.doctor.checks.clients import Clients
from infra.cli.doctor.checks.findings import Finding, ok, wrong
from infra.cli.doctor.deployment.stack import DEPLOY_AGAIN
from infra.iam.functions import QUEUES, StackFunction

DEAD_LETTERS = {
    StackFunction.PULL: "PullDeadLetterQueueUrl",
    StackFunction.COUNTER: "FrameDeadLetterQueueUrl",
}


@dataclass(frozen=True)
class QueueSettings:
    """What SQS says of a queue; times in seconds, `redrive` its RedrivePolicy."""

    name: str
    visibility: int
    retention: int
    redrive: Mapping[str, str]

    @classmethod
    def from_attributes(cls, attributes: Mapping[Any, str]) -> "QueueSettings":
        """Out of GetQueueAttributes."""
        return cls(
            attributes["QueueArn"].rpartition(":")[2],
            int(attributes["VisibilityTimeout"]),
            int(attributes["MessageRetentionPeriod"]),
            json.loads(attributes.get("RedrivePolicy", "{}")),
        )


def check_settings(clients: Clients, deployed: Deployed, kind: StackFunction) -> Iterator[Finding]:
    """The queue of a function, and its dead-letter queue."""
    queue, letters = (
        QueueSettings.from_attributes(
            clients.sqs.get_queue_attributes(QueueUrl=deployed.output(output), AttributeNames=["All"])[
                "Attributes"
            ]
        )
        for output in (QUEUES[kind], DEAD_LETTERS[kind])
    )
    name = deployed.output(kind.output)
    timeout = clients.lambda_.get_function_configuration(FunctionName=name)["Timeout"]
    yield from judge(queue, letters, timeout)


def judge(queue: QueueSettings, letters: QueueSettings, timeout: int) -> Iterator[Finding]:
    """`timeout` is that of the function that reads the queue, in seconds."""
    problems = list(_problems(queue, letters, timeout))
    yield from problems
    if not problems:
        yield ok(f"queue {queue.name} is set as it should be")


def _problems(queue: QueueSettings, letters: QueueSettings, timeout: int) -> Iterator[Finding]:
    # "Using Lambda with Amazon SQS": six times the function's time-out.
    if queue.visibility < 6 * timeout:
        yield wrong(
            f"queue {queue.name} has a visibility timeout of {queue.visibility} s, its function one of"
            f" {timeout} s: a message may come again while it is still handled",
            f"set it to {6 * timeout} s at least, or {DEPLOY_AGAIN}",
        )
    target = queue.redrive.get("deadLetterTargetArn", "").rpartition(":")[2]
    if target != letters.name:
        yield wrong(
            f"queue {queue.name} has {target or 'no queue'} for its dead letters, not {letters.name}: what"
            " cannot be handled comes again until it expires, and nobody is told",
            DEPLOY_AGAIN,
        )
    elif queue.retention < int(queue.redrive["maxReceiveCount"]) * queue.visibility:
        yield wrong(
            f"queue {queue.name} keeps a message for {queue.retention} s, shorter than its"
            f" {queue.redrive['maxReceiveCount']} receives take: it is lost before it is a dead letter",
            DEPLOY_AGAIN,
        )
    if letters.retention < queue.retention:
        yield wrong(
            f"queue {letters.name} keeps a message for {letters.retention} s, shorter than {queue.name}: SQS"
            " counts from its first sending, so dead letters are lost at once",
            DEPLOY_AGAIN,
        )
