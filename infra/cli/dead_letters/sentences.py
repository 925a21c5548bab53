"""What the commands for dead letters report: what was sent back, what stays, what cannot be seen."""

from collections import Counter
from collections.abc import Mapping, Sequence

from infra.cli.dead_letters.explanation import DeadLetter, Explained, SourceQueue
from infra.cli.dead_letters.queue import MOST, DeadLetterQueue
from infra.cli.terminal.console import say, warn
from infra.cli.terminal.texts import counted

MOST_REASONS = 10
"""Reasons of set-aside dead letters that `retry` names: a thousand wrong keys have a thousand."""

SHORT = 8
"""Characters of an ID in the table: enough to name it."""


def say_sent(sent: int, set_aside: Sequence[Explained]) -> None:
    """Say how many were sent back and, for each reason, how many were not."""
    say(f"{counted(sent, 'dead letter')} sent back to be handled again.")
    reasons = Counter(entry.reason for entry in set_aside).most_common()
    for reason, number in reasons[:MOST_REASONS]:
        warn(
            f"{counted(number, 'dead letter')} set aside, because the same would happen again: {reason}:"
            " solve that, then run `retry`, or `drop`"
        )
    if more := sum(number for _, number in reasons[MOST_REASONS:]):
        warn(f"{counted(more, 'dead letter')} set aside for other reasons: see `occupancy dead-letters list`")


def warn_of_left(letters: Sequence[DeadLetter], removed: Sequence[str]) -> None:
    """Name the chosen dead letters that were not handled."""
    if left := [letter.message_id[:SHORT] for letter in letters if letter.message_id not in removed]:
        warn(
            f"{', '.join(left)} cannot be seen any more because somebody else is reading the queue: try again"
            " in two minutes"
        )


def warn_of_unseen(queues: Mapping[SourceQueue, DeadLetterQueue]) -> None:
    """Say how many dead letters somebody else is reading."""
    if hidden := sum(queue.hidden() for queue in queues.values()):
        warn(
            f"{hidden} more cannot be seen now because somebody else is reading them: try again in two"
            " minutes"
        )


def warn_of_hidden(queues: Mapping[SourceQueue, DeadLetterQueue], letters: Sequence[DeadLetter]) -> None:
    """Say how many dead letters the list may lack."""
    warn_of_unseen(queues)
    if any(sum(letter.source is source for letter in letters) >= MOST for source in queues):
        warn(f"there may be more: a run shows or deletes at most {MOST} of each queue")
