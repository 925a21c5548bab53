"""Checks what waits in the queues, how long, and their dead letters."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from infra.cli.aws.stack import DeployedStack
from infra.cli.dead_letters.explanation import Explained, SourceQueue, explain
from infra.cli.dead_letters.queue import DeadLetterQueue
from infra.cli.doctor.checks.clients import DoctorClients
from infra.cli.doctor.checks.findings import Finding, ok, wrong
from infra.cli.terminal.texts import counted
from infra.iam.functions import QUEUES, StackFunction
from ingest.durations import duration_text
from ingest.registry.table import CameraRegistry

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

OLDEST: Mapping[StackFunction, timedelta] = {
    StackFunction.PULL: timedelta(minutes=10),
    StackFunction.COUNTER: timedelta(minutes=15),
}
"""The limits of the alarms."""

_WAYS_OUT = {
    StackFunction.PULL: "check the log of pull and the Lambda concurrency of the account",
    StackFunction.COUNTER: (
        "check the log of counter; if it is busy, raise DetectLabelsPerSecond and the quota"
    ),
}
_METRIC_SPAN = timedelta(minutes=5)
MOST_DEAD_LETTERS = 100
"""Dead letters that are read for their reasons."""


@dataclass(frozen=True)
class Depth:
    """The waiting and in-flight messages of a queue, and the age of the oldest (None: not in CloudWatch)."""

    waiting: int
    in_flight: int
    oldest: timedelta | None = None


def check_queue(
    clients: DoctorClients, deployed: DeployedStack, function: StackFunction, now: datetime
) -> Iterator[Finding]:
    """The queue that a function reads."""
    url = deployed.output(QUEUES[function])
    name = url.rpartition("/")[2]
    attributes = clients.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    depth = Depth(
        int(attributes["ApproximateNumberOfMessages"]),
        int(attributes["ApproximateNumberOfMessagesNotVisible"]),
        _oldest(clients.cloudwatch, name, now),
    )
    yield judge_depth(function, name, depth)


def judge_depth(function: StackFunction, name: str, depth: Depth) -> Finding:
    """Whether the oldest message is too old; the number of messages does not tell how long they wait."""
    held = f"queue {name} has {depth.waiting} messages waiting and {depth.in_flight} in flight"
    if depth.oldest is None:
        return ok(f"{held}; CloudWatch does not say how old they are")
    if depth.oldest > OLDEST[function]:
        return wrong(f"{held}, the oldest for {duration_text(depth.oldest)}", _WAYS_OUT[function])
    return ok(f"{held}, the oldest for {duration_text(depth.oldest)}")


def check_dead_letters(
    queue: DeadLetterQueue, bucket: str, registry: CameraRegistry, now: datetime
) -> Iterator[Finding]:
    """The messages of a dead-letter queue and their reasons."""
    letters = queue.peek(MOST_DEAD_LETTERS)
    yield from judge_dead_letters(queue.source, explain(letters, bucket, registry, now), queue.hidden())


def judge_dead_letters(source: SourceQueue, letters: Sequence[Explained], hidden: int) -> Iterator[Finding]:
    """One finding for each reason."""
    for reason, number in Counter(letter.reason for letter in letters).most_common():
        yield wrong(
            f"{counted(number, 'dead letter')} of the {source} queue: {reason}",
            "solve that, then run `occupancy dead-letters retry`, or `drop`; `list` shows each of them",
        )
    if not letters and hidden:
        yield wrong(
            f"{counted(hidden, 'dead letter')} of the {source} queue, which somebody else is reading now",
            "run `occupancy dead-letters list` in two minutes",
        )
    elif not letters:
        yield ok(f"the {source} queue has no dead letters")


def _oldest(cloudwatch: "CloudWatchClient", name: str, now: datetime) -> timedelta | None:
    """The age of the oldest message; SQS reports it to CloudWatch only, each minute, for queues in use."""
    points = cloudwatch.get_metric_statistics(
        Namespace="AWS/SQS",
        MetricName="ApproximateAgeOfOldestMessage",
        Dimensions=[{"Name": "QueueName", "Value": name}],
        StartTime=now - _METRIC_SPAN,
        EndTime=now,
        Period=60,
        Statistics=["Maximum"],
    )["Datapoints"]
    if not points:
        return None
    newest = max(points, key=lambda point: point["Timestamp"])
    return timedelta(seconds=newest["Maximum"])
