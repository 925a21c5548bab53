"""Counts the messages of one invocation, group by group; reports each group to SQS before the next one."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger

from counter.counting.batch import Batch
from counter.counting.isolation import Survival, groups
from counter.counting.messages import Message
from ingest.aws.failures import AWS_FAILURES, name_of
from ingest.frames.messages import GapReason

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import DeleteMessageBatchRequestEntryTypeDef

logger = Logger(service="counter")

DELETED_AT_ONCE = 10
"""Messages that DeleteMessageBatch takes."""


@dataclass
class Outcome:
    """What an invocation has counted, and the IDs of the messages that must be retried."""

    failed_messages: set[str] = field(default_factory=set)
    tally: Counter[str] = field(default_factory=Counter)
    gaps: Counter[GapReason] = field(default_factory=Counter)

    def add(self, batch: Batch) -> None:
        """Add the result of a group."""
        self.failed_messages |= batch.failed_messages
        self.tally.update(batch.tally)
        self.gaps.update(batch.gaps)

    def hold_back(self, messages: Sequence[Message]) -> None:
        """Have these messages delivered again; they were not looked at."""
        self.failed_messages.update(message.message_id for message in messages)
        self.tally["Failed"] += len(messages)


@dataclass(frozen=True)
class FrameQueue:
    """The queue that Lambda polls for the counter."""

    sqs: "SQSClient"
    url: str

    def delete(self, messages: Sequence[Message]) -> str | None:
        """Delete messages whose results are stored; return the failure if not all of them could be.

        Lambda deletes them again after its invocation, which changes nothing: it is no error to delete a
        message that is deleted already ("DeleteMessage" in the Amazon SQS API Reference).
        """
        for first in range(0, len(messages), DELETED_AT_ONCE):
            entries: list[DeleteMessageBatchRequestEntryTypeDef] = [
                {"Id": str(number), "ReceiptHandle": message.receipt_handle}
                for number, message in enumerate(messages[first : first + DELETED_AT_ONCE])
            ]
            try:
                answer = self.sqs.delete_message_batch(QueueUrl=self.url, Entries=entries)
            except AWS_FAILURES as error:
                return name_of(error)
            if failed := answer.get("Failed"):
                return failed[0]["Code"]
        return None


def count_in_groups(
    messages: Sequence[Message],
    count: Callable[[Sequence[Message]], Batch],
    queue: FrameQueue,
    survival: Survival,
) -> Outcome:
    """Count all groups of an invocation's messages; `survival` is that of the process.

    If a group cannot be reported, the messages after it are held back: they come again.
    """
    outcome, left = Outcome(), list(messages)
    for group in groups(messages, survival):
        try:
            batch = count(group)
        except BaseException:
            survival.failed()
            raise
        survival.survived(group)
        outcome.add(batch)
        left = [message for message in left if message not in group]
        done = [message for message in group if message.message_id not in batch.failed_messages]
        failure = queue.delete(done) if left else None
        if failure is not None:
            logger.warning(f"{failure}: the messages received most often are held back")
            outcome.hold_back(left)
            break
    return outcome
