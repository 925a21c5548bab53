"""Moves a whole dead-letter queue back with SQS's own task, except for what would be refused again.

A task moves all visible messages. So those that can never be handled are hidden while the task runs. If this
process is killed, SQS shows them again after a while; if the task then moves them, they are refused again.

DestinationArn is given because the counter itself sends what it refuses to the dead-letter queue: SQS does
not know where such a message came from ("Learn how to configure a dead-letter queue redrive" in the Amazon
SQS Developer Guide). Not tried on AWS.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra.cli.dead_letters.explanation import DeadLetter, Explained
from infra.cli.dead_letters.queue import DeadLetterQueue
from infra.cli.terminal.texts import counted
from ingest.errors import OccupancyError

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import ListMessageMoveTasksResultEntryTypeDef

RATE = 500
"""Messages a second: the most that a task moves."""

HOLD_SECONDS = 900
"""How long messages are hidden while all of them are read and explained."""

POLL_SECONDS = 2.0

_GOING_ON = frozenset({"RUNNING", "CANCELLING"})

Progress = Callable[[int, int], None]
"""Called with the number of moved messages and of all messages."""


class MoveStopped(OccupancyError):
    """SQS ended the task before all messages were moved."""

    def __init__(self, status: str, reason: str, moved: int, of: int) -> None:
        super().__init__(
            f"SQS ended the move with {status}{f' ({reason})' if reason else ''} after {moved} of"
            f" {counted(of, 'dead letter')}: the others are still dead letters, run the command again"
        )


@dataclass(frozen=True)
class Moved:
    """How many dead letters were sent back, and those that were set aside."""

    sent: int
    set_aside: tuple[Explained, ...]


def move_all(
    queue: DeadLetterQueue,
    explain: Callable[[Sequence[DeadLetter]], list[Explained]],
    sleep: Callable[[float], None],
    progress: Progress,
) -> Moved:
    """Send all visible dead letters of a queue back that can be handled. Raises MoveStopped."""
    held = queue.hold(HOLD_SECONDS)
    hidden = dict.fromkeys(held.values())
    try:
        explained = explain(list(held))
        going = [held[entry.letter] for entry in explained if not entry.refused]
        set_aside = tuple(entry for entry in explained if entry.refused)
        if not going:
            return Moved(0, set_aside)
        # Four times as long as the task should take, from now on.
        kept = [held[entry.letter] for entry in set_aside]
        queue.change_visibility(kept, HOLD_SECONDS + 4 * len(going) // RATE)
        queue.change_visibility(going, 0)
        for handle in going:
            del hidden[handle]
        return Moved(_run_task(queue, len(going), sleep, progress), set_aside)
    finally:
        queue.change_visibility(list(hidden), 0)


def _run_task(queue: DeadLetterQueue, number: int, sleep: Callable[[float], None], progress: Progress) -> int:
    """Start a task and wait for its end; return the number of messages that it has moved."""
    source, destination = queue.arns()
    earlier = [task["StartedTimestamp"] for task in _tasks(queue, source)]
    queue.sqs.start_message_move_task(
        SourceArn=source, DestinationArn=destination, MaxNumberOfMessagesPerSecond=RATE
    )
    while True:
        # An answer that does not have the new task yet has earlier ones only.
        newer = [task for task in _tasks(queue, source) if task["StartedTimestamp"] not in earlier]
        if newer:
            status, moved = newer[0]["Status"], newer[0]["ApproximateNumberOfMessagesMoved"]
            progress(moved, number)
            if status not in _GOING_ON:
                break
        sleep(POLL_SECONDS)
    if status != "COMPLETED":
        raise MoveStopped(status, newer[0].get("FailureReason", ""), moved, number)
    return moved


def _tasks(queue: DeadLetterQueue, source: str) -> "list[ListMessageMoveTasksResultEntryTypeDef]":
    """The queue's latest tasks, the newest first."""
    return queue.sqs.list_message_move_tasks(SourceArn=source, MaxResults=10)["Results"]
