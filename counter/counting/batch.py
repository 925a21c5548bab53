"""A batch in progress: its dependencies, its results so far, and the steps that store them.

Read -> decide -> act, the end: rows, then roll-ups and the marks of their days, then frames. The order is
the guarantee: if the function is killed between any two of these calls, the batch is retried and finds what
is done already. A frame is deleted only after its row and the roll-up are stored; until then it is the only
trace of its instant, and of a day whose history must be written again.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from counter.counting.detection import LabelDetection
from counter.counting.inspector import FrameInspector
from counter.counting.plan import StorageTask
from counter.history.marking import put_roll_up
from counter.rows.kept_rules import KeptRules
from counter.rows.occupancy import Row, RowKey, Status
from counter.rows.table import OccupancyTable
from counter.stores.marks import MarkTable
from ingest.aws.failures import AWS_FAILURES, name_of
from ingest.frames.bucket import FrameBucket
from ingest.frames.messages import GapReason
from ingest.registry.table import CameraRegistry

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

T = TypeVar("T")


@dataclass(frozen=True)
class CountingDependencies:
    """Everything outside this process that the counter reads or writes."""

    registry: CameraRegistry
    table: OccupancyTable
    rules: KeptRules
    marks: MarkTable
    bucket: FrameBucket
    inspector: FrameInspector
    detection: LabelDetection
    sqs: "SQSClient"
    dead_letter_queue_url: str
    retention: timedelta


@dataclass
class Batch:
    """`failures` maps a failure (see `name_of`) to the cameras or keys that it affects."""

    dependencies: CountingDependencies
    threads: Executor
    now: datetime
    failed_messages: set[str] = field(default_factory=set)
    failures: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    tally: Counter[str] = field(default_factory=Counter)
    gaps: Counter[GapReason] = field(default_factory=Counter)

    def fail(self, failure: str, messages: Iterable[str], affected: Iterable[str]) -> None:
        """Mark messages to be retried; `affected` are the cameras or keys for the log."""
        self.failed_messages.update(messages)
        self.failures[failure].extend(affected)

    def each(self, act: Callable[[T], object], items: Iterable[T]) -> list[tuple[T, str | None]]:
        """Call `act` on all items in parallel; return each item with the AWS failure, if there was one."""
        items = list(items)
        return list(zip(items, self.threads.map(partial(_attempt, act), items), strict=True))


Step = Callable[[Batch, Sequence[StorageTask]], list[StorageTask]]
"""Does its part of each task and returns the tasks that succeeded; the messages of the others are retried."""


def store_rows(batch: Batch, tasks: Sequence[StorageTask]) -> list[StorageTask]:
    """Put the rows. A row that another invocation has put first is a success, too."""

    def store(task: StorageTask) -> None:
        if task.row is not None and batch.dependencies.table.put(task.row):
            stored.append(task.row)

    stored: list[Row] = []
    outcomes = batch.each(store, tasks)
    batch.tally["Counted"] += sum(row.status is Status.COUNTED for row in stored)
    batch.gaps.update(row.reason for row in stored if row.reason is not None)
    return [task for task, failure in outcomes if _succeeded(batch, task, failure)]


def put_roll_ups(batch: Batch, tasks: Sequence[StorageTask]) -> list[StorageTask]:
    """Update the roll-up of each quarter hour of the tasks, once.

    A roll-up is also updated if its row existed before: the row's writer may have died in between. For the
    same reason the mark of a late one does not depend on whether it was put.
    """

    def update(key: RowKey) -> None:
        put_roll_up(batch.dependencies.table, batch.dependencies.marks, *key, batch.now)

    outcomes = batch.each(update, {task.quarter for task in tasks if task.quarter})
    failures: dict[RowKey | None, str] = {quarter: failure for quarter, failure in outcomes if failure}
    return [task for task in tasks if _succeeded(batch, task, failures.get(task.quarter))]


def delete_frames(batch: Batch, tasks: Sequence[StorageTask]) -> list[StorageTask]:
    """Delete all frames in one call; S3 answers 200 and lists the keys that it did not delete."""
    keys = sorted({key for task in tasks for key in task.keys})
    try:
        failed = batch.dependencies.bucket.delete(keys)
    except AWS_FAILURES as error:
        failed = dict.fromkeys(keys, name_of(error))
    return [
        task
        for task in tasks
        if _succeeded(batch, task, next((failed[key] for key in task.keys if key in failed), None))
    ]


STEPS: tuple[Step, ...] = (store_rows, put_roll_ups, delete_frames)


def run_steps(batch: Batch, tasks: Sequence[StorageTask]) -> None:
    """Run the steps in their order; each gets only the tasks for which all earlier steps succeeded."""
    for step in STEPS:
        tasks = step(batch, tasks)


def _attempt(act: Callable[[T], object], item: T) -> str | None:
    try:
        act(item)
    except AWS_FAILURES as error:
        return name_of(error)
    return None


def _succeeded(batch: Batch, task: StorageTask, failure: str | None) -> bool:
    if failure is not None:
        affected = task.keys or (task.quarter[0] if task.quarter else "",)
        batch.fail(failure, task.messages, affected)
    return failure is None
