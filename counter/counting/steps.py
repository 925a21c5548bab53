"""Read -> decide -> act, the end: rows, then roll-ups, then frames. The order is the guarantee.

Killed between any two of its calls, the batch comes again and finds what is done already. A frame is deleted
only when its row is stored and the roll-up follows it: until then it is the only trace of its instant.
"""

from collections.abc import Callable, Sequence

from counter.counting.batch import Batch
from counter.counting.plan import Task
from counter.rows.occupancy import Row, Status
from counter.rows.table import RowKey
from ingest.aws.failures import AWS_FAILURES, name_of

Step = Callable[[Batch, Sequence[Task]], list[Task]]
"""Does its part of each task and gives those that may go on; the messages of the others come again."""


def store_rows(batch: Batch, tasks: Sequence[Task]) -> list[Task]:
    """Put the rows. One that somebody else put first is settled all the same."""

    def store(task: Task) -> None:
        if task.row is not None and batch.outside.table.put(task.row):
            stored.append(task.row)

    stored: list[Row] = []
    outcomes = batch.each(store, tasks)
    batch.tally["Counted"] += sum(row.status is Status.COUNTED for row in stored)
    batch.gaps.update(row.reason for row in stored if row.reason is not None)
    return [task for task, failure in outcomes if _may_go_on(batch, task, failure)]


def put_roll_ups(batch: Batch, tasks: Sequence[Task]) -> list[Task]:
    """Let the roll-up of each quarter hour that was touched follow its rows, once.

    Also where the row was there before: its writer may have died in between.
    """

    def follow(quarter: RowKey) -> None:
        batch.outside.table.put_roll_up(*quarter)

    outcomes = batch.each(follow, {task.quarter for task in tasks if task.quarter})
    failures: dict[RowKey | None, str] = {quarter: failure for quarter, failure in outcomes if failure}
    return [task for task in tasks if _may_go_on(batch, task, failures.get(task.quarter))]


def delete_frames(batch: Batch, tasks: Sequence[Task]) -> list[Task]:
    """Delete all frames in one call; S3 answers 200 and names those that it did not delete."""
    keys = sorted({key for task in tasks for key in task.keys})
    try:
        failed = batch.outside.bucket.delete(keys)
    except AWS_FAILURES as error:
        failed = dict.fromkeys(keys, name_of(error))
    return [
        task
        for task in tasks
        if _may_go_on(batch, task, next((failed[key] for key in task.keys if key in failed), None))
    ]


STEPS: tuple[Step, ...] = (store_rows, put_roll_ups, delete_frames)


def _may_go_on(batch: Batch, task: Task, failure: str | None) -> bool:
    if failure is not None:
        what = task.keys or (task.quarter[0] if task.quarter else "",)
        batch.fail(failure, task.messages, what)
    return failure is None
