"""Checks the settings of the queues: visibility timeout, retention and dead-letter queue."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.cli.aws.stack import DeployedStack
from infra.cli.doctor.checks.clients import DoctorClients
from infra.cli.doctor.checks.findings import Finding, ok, wrong
from infra.cli.doctor.deployment.stack import DEPLOY_AGAIN
from infra.iam.functions import QUEUES, StackFunction

FRAME_LIVES = 48 * 3600
"""Seconds: the bucket keeps a frame for a day, rounded up to the next midnight UTC."""

_DEAD_LETTER_QUEUES = {
    StackFunction.PULL: "PullDeadLetterQueueUrl",
    StackFunction.COUNTER: "FrameDeadLetterQueueUrl",
}


@dataclass(frozen=True)
class QueueSettings:
    """The settings of a queue; times in seconds, `redrive` is its RedrivePolicy."""

    name: str
    visibility: int
    retention: int
    redrive: Mapping[str, str]

    @classmethod
    def from_attributes(cls, attributes: Mapping[Any, str]) -> "QueueSettings":
        """Read the attributes of GetQueueAttributes."""
        return cls(
            attributes["QueueArn"].rpartition(":")[2],
            int(attributes["VisibilityTimeout"]),
            int(attributes["MessageRetentionPeriod"]),
            json.loads(attributes.get("RedrivePolicy", "{}")),
        )


def check_settings(
    clients: DoctorClients, deployed: DeployedStack, function: StackFunction
) -> Iterator[Finding]:
    """The queue of a function and its dead-letter queue."""
    queue, dead_letters = (
        QueueSettings.from_attributes(
            clients.sqs.get_queue_attributes(QueueUrl=deployed.output(output), AttributeNames=["All"])[
                "Attributes"
            ]
        )
        for output in (QUEUES[function], _DEAD_LETTER_QUEUES[function])
    )
    name = deployed.output(function.output)
    timeout = clients.lambda_.get_function_configuration(FunctionName=name)["Timeout"]
    lasts = FRAME_LIVES if function is StackFunction.COUNTER else 0
    yield from judge(queue, dead_letters, timeout, lasts)


def judge(
    queue: QueueSettings, dead_letters: QueueSettings, timeout: int, lasts: int = 0
) -> Iterator[Finding]:
    """Judge the settings. Times in seconds.

    `timeout` is that of the function that reads the queue. For the time `lasts`, no number of receives may
    make a message a dead letter.
    """
    # A visibility timeout that is too short shortens all receives: that is mended first.
    problems = list(_problems(queue, dead_letters, timeout)) or list(_given_up(queue, lasts))
    yield from problems
    if not problems:
        yield ok(f"queue {queue.name} has the right settings")


def _given_up(queue: QueueSettings, lasts: int) -> Iterator[Finding]:
    receives = int(queue.redrive.get("maxReceiveCount", 0))
    if receives and receives * queue.visibility < lasts:
        yield wrong(
            f"queue {queue.name} gives a message up after {receives} receives of {queue.visibility} s, and a"
            f" frame can be counted for {lasts // 3600} h: an hour of trouble makes good frames dead letters",
            f"set maxReceiveCount to at least {-(-lasts // queue.visibility)}, or {DEPLOY_AGAIN}",
        )


def _problems(queue: QueueSettings, dead_letters: QueueSettings, timeout: int) -> Iterator[Finding]:
    # "Using Lambda with Amazon SQS": at least six times the timeout of the function.
    if queue.visibility < 6 * timeout:
        yield wrong(
            f"queue {queue.name} has a visibility timeout of {queue.visibility} s, and its function a"
            f" timeout of {timeout} s: SQS may deliver a message again while it is still being handled",
            f"set it to at least {6 * timeout} s, or {DEPLOY_AGAIN}",
        )
    target = queue.redrive.get("deadLetterTargetArn", "").rpartition(":")[2]
    if target != dead_letters.name:
        yield wrong(
            f"the dead-letter queue of {queue.name} is {target or 'not set'} instead of {dead_letters.name}:"
            " a message that cannot be handled is delivered until it expires, and nobody is notified",
            DEPLOY_AGAIN,
        )
    elif queue.retention < int(queue.redrive["maxReceiveCount"]) * queue.visibility:
        yield wrong(
            f"queue {queue.name} keeps a message for {queue.retention} s, but its"
            f" {queue.redrive['maxReceiveCount']} receives take longer: it is lost before it becomes a dead"
            " letter",
            DEPLOY_AGAIN,
        )
    if dead_letters.retention < queue.retention:
        yield wrong(
            f"queue {dead_letters.name} keeps a message for {dead_letters.retention} s, and {queue.name}"
            " longer: SQS counts from the first send, so dead letters are lost at once",
            DEPLOY_AGAIN,
        )
