"""One batch on its way: what it may use, what it has done so far, and whose messages must come again."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from counter.counting.detection import LabelDetection
from counter.rows.table import OccupancyTable
from ingest.aws.failures import AWS_FAILURES, name_of
from ingest.frames.bucket import FrameBucket
from ingest.frames.messages import GapReason
from ingest.registry.table import CameraRegistry

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

T = TypeVar("T")


@dataclass(frozen=True)
class Outside:
    """Everything beyond this process that the counter reads or writes."""

    registry: CameraRegistry
    table: OccupancyTable
    bucket: FrameBucket
    detection: LabelDetection
    sqs: "SQSClient"
    dead_letter_queue_url: str
    retention: timedelta


@dataclass
class Batch:
    """`failures` says what went wrong (see `name_of`) and with what."""

    outside: Outside
    threads: Executor
    failed_messages: set[str] = field(default_factory=set)
    failures: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    tally: Counter[str] = field(default_factory=Counter)
    gaps: Counter[GapReason] = field(default_factory=Counter)

    def fail(self, failure: str, messages: Iterable[str], what: Iterable[str]) -> None:
        """These messages must come again; `what` names the cameras or keys for the log."""
        self.failed_messages.update(messages)
        self.failures[failure].extend(what)

    def each(self, act: Callable[[T], object], things: Iterable[T]) -> list[tuple[T, str | None]]:
        """Do it to all of them side by side; with each the name of the AWS failure it ended in, if it did."""
        things = list(things)
        return list(zip(things, self.threads.map(partial(_attempt, act), things), strict=True))


def _attempt(act: Callable[[T], object], thing: T) -> str | None:
    try:
        act(thing)
    except AWS_FAILURES as error:
        return name_of(error)
    return None
