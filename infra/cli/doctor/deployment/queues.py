"""What waits in the queues, for how long, and what died there."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from infra.cli.aws.stack import Deployed
from infra.cli.dead_letters.explanation import Explained, Queue, explain
from infra.cli.dead_letters.queue import LetterBox
from infra.cli.doctor.checks.clients import Clients
from infra.cli.doctor.checks.findings import Finding, ok, wrong
from infra.iam.functions import QUEUES, StackFunction
from ingest.durations import duration_text
from ingest.registry.table import CameraRegistry

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

OLDEST: Mapping[StackFunction, timedelta] = {
    StackFunction.PULL: timedelta(minutes=10),
    StackFunction.COUNTER: timedelta(minutes=15),
}
"""As the alarms have it."""

_DO = {
    StackFunction.PULL: "look at the log of pull, and at the account's Lambda concurrency",
    StackFunction.COUNTER: (
        "look at the log of counter; if it is busy, raise DetectLabelsPerSecond, and the quota"
    ),
}
_MINUTES = timedelta(minutes=5)
MOST_LETTERS = 100
"""Letters that are read for their reasons."""


@dataclass(frozen=True)
class Depth:
    """Messages that wait, that are in flight, and the age of the oldest (None: CloudWatch does not say)."""

    waiting: int
    in_flight: int
    oldest: timedelta | None = None


def check_queue(
    clients: Clients, deployed: Deployed, kind: StackFunction, now: datetime
) -> Iterator[Finding]:
    """A queue that a function reads."""
    url = deployed.output(QUEUES[kind])
    name = url.rpartition("/")[2]
    attributes = clients.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    depth = Depth(
        int(attributes["ApproximateNumberOfMessages"]),
        int(attributes["ApproximateNumberOfMessagesNotVisible"]),
        _oldest(clients.cloudwatch, name, now),
    )
    yield judge_depth(kind, name, depth)


def judge_depth(kind: StackFunction, name: str, depth: Depth) -> Finding:
    """By the age of the oldest message: how many wait says nothing of how long."""
    held = f"queue {name} holds {depth.waiting} waiting and {depth.in_flight} in flight"
    if depth.oldest is None:
        return ok(f"{held}; how old, CloudWatch does not say")
    if depth.oldest > OLDEST[kind]:
        return wrong(f"{held}, the oldest for {duration_text(depth.oldest)}", _DO[kind])
    return ok(f"{held}, the oldest for {duration_text(depth.oldest)}")


def check_letters(box: LetterBox, bucket: str, registry: CameraRegistry, now: datetime) -> Iterator[Finding]:
    """A dead-letter queue: how many, and why."""
    letters = box.peek(MOST_LETTERS)
    yield from judge_letters(box.queue, explain(letters, bucket, registry, now), box.hidden())


def judge_letters(queue: Queue, letters: Sequence[Explained], hidden: int) -> Iterator[Finding]:
    """One finding for each reason."""
    for reason, number in Counter(letter.reason for letter in letters).most_common():
        which = "1 dead letter" if number == 1 else f"{number} dead letters"
        yield wrong(
            f"{which} of the {queue} queue: {reason}",
            "put that right, then `occupancy dead-letters retry`, or `drop`; `list` shows each",
        )
    if not letters and hidden:
        yield wrong(
            f"{hidden} dead letters of the {queue} queue, which somebody else reads just now",
            "see `occupancy dead-letters list` in two minutes",
        )
    elif not letters:
        yield ok(f"the {queue} queue has no dead letters")


def _oldest(cloudwatch: "CloudWatchClient", name: str, now: datetime) -> timedelta | None:
    """SQS itself does not say; it tells CloudWatch each minute, of a queue that is in use."""
    points = cloudwatch.get_metric_statistics(
        Namespace="AWS/SQS",
        MetricName="ApproximateAgeOfOldestMessage",
        Dimensions=[{"Name": "QueueName", "Value": name}],
        StartTime=now - _MINUTES,
        EndTime=now,
        Period=60,
        Statistics=["Maximum"],
    )["Datapoints"]
    if not points:
        return None
    newest = max(points, key=lambda point: point["Timestamp"])
    return timedelta(seconds=newest["Maximum"])
