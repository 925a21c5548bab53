"""Which messages of a batch are counted together, and which apart. Pure.

If the process is killed (out of memory, a crash in a library), Lambda gets no answer, and all messages of the
batch come again. So a message that has been received often is suspicious. It is counted only while no other
message's result is unreported: after the others, and after these were deleted from the queue.

A new process counts suspicious messages one at a time. After each group that it survives it takes twice as
many at once: if a service failed for an hour, tens of thousands of good messages are suspicious, and must not
take longer than the others. A process that is killed takes what it knew along, and the next one begins again
with one message; so does a process that was left by an error.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from counter.counting.messages import Message

MOST_RECEIVES_TOGETHER = 5
"""A message that was received more often may be one that kills the process."""


@dataclass
class Survival:
    """What this process has survived: `at_once` suspicious messages may be counted together."""

    at_once: int = 1

    def survived(self, group: Sequence[Message]) -> None:
        """Note that a group was counted without a kill; only its suspicious messages tell something."""
        self.at_once = max(self.at_once, 2 * sum(map(is_suspicious, group)))

    def failed(self) -> None:
        """Note that a group ended in an error: Lambda goes on with this process, which must begin again."""
        self.at_once = 1


def groups(messages: Sequence[Message], survival: Survival) -> Iterator[tuple[Message, ...]]:
    """The groups to be counted one after another; each is reported to SQS before the next one is taken.

    The size of the next group depends on what the process has survived by then. The order of the suspicious
    messages changes with each receive. Otherwise one that kills the process would always be before the same
    others, and these would never be counted.
    """
    if together := tuple(message for message in messages if not is_suspicious(message)):
        yield together
    suspicious = sorted(filter(is_suspicious, messages), key=_turn)
    while suspicious:
        group = tuple(suspicious[: survival.at_once])
        del suspicious[: survival.at_once]
        yield group


def is_suspicious(message: Message) -> bool:
    """Whether counting the message may kill the process."""
    return message.receives > MOST_RECEIVES_TOGETHER


def _turn(message: Message) -> bytes:
    return sha256(f"{message.receives} {message.message_id}".encode()).digest()
