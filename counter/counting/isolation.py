"""Which messages of a batch are counted together, and which alone. Pure.

If the process is killed (out of memory, a crash in a library), Lambda gets no answer, and all messages of the
batch come again. So a message that has been received often is counted only while no other message's result is
unreported: after the others, and after these were deleted from the queue.
"""

from collections.abc import Sequence
from hashlib import sha256

from counter.counting.messages import Message

MOST_RECEIVES_TOGETHER = 5
"""A message that was received more often may be one that kills the process."""


def groups(messages: Sequence[Message]) -> tuple[tuple[Message, ...], ...]:
    """The groups to be counted one after another; each is reported to SQS before the next one starts.

    The order of the messages that are alone changes with each receive. Otherwise one that kills the process
    would always be before the same others, and these would never be counted.
    """
    together = tuple(message for message in messages if message.receives <= MOST_RECEIVES_TOGETHER)
    alone = [message for message in messages if message.receives > MOST_RECEIVES_TOGETHER]
    singles = tuple((message,) for message in sorted(alone, key=_turn))
    return ((together,) if together else ()) + singles


def _turn(message: Message) -> bytes:
    return sha256(f"{message.receives} {message.message_id}".encode()).digest()
