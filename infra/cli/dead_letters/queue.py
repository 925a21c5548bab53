"""A dead-letter queue: list its messages without removing them, send them back, or delete them.

SQS hides a message for a while when it delivers it. So every message that stays is made visible again at
once, and a message that somebody else is reading cannot be seen.
"""

import json
from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra.cli.aws.stack import DeployedStack
from infra.cli.dead_letters.explanation import DeadLetter, SourceQueue
from ingest.times import from_millis

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

HIDDEN_SECONDS = 120
"""How long a message is hidden at most: if this process dies, it is visible again after this time."""

WAIT_SECONDS = 1
"""Long polling asks all servers of SQS, so that an empty answer means an empty queue."""

MOST = 1000
"""Dead letters of one queue that a run handles at most."""

READERS = 8
"""Calls at the same time while a whole queue is read: 30,000 messages are 3,000 calls."""

_BATCH = 10

_OUTPUTS = {SourceQueue.FRAME: "Frame", SourceQueue.PULL: "Pull"}


@dataclass(frozen=True)
class DeadLetterQueue:
    """The dead-letter queue at `url` of the queue at `source_url`."""

    sqs: "SQSClient"
    source: SourceQueue
    url: str
    source_url: str

    def peek(self, most: int = MOST) -> list[DeadLetter]:
        """The visible dead letters, oldest first; they stay in the queue and stay visible."""
        max_receives = self._max_receives()
        with closing(self._receive(set(), most)) as messages:
            letters = [self._dead_letter(message, max_receives) for message in messages]
        return sorted(letters, key=lambda letter: letter.sent)

    def hidden(self) -> int:
        """About how many dead letters cannot be seen now."""
        answer = self.sqs.get_queue_attributes(
            QueueUrl=self.url, AttributeNames=["ApproximateNumberOfMessagesNotVisible"]
        )
        return int(answer["Attributes"]["ApproximateNumberOfMessagesNotVisible"])

    def retry(self, message_ids: Collection[str]) -> Iterator[str]:
        """Send dead letters back to the source queue; yields the ID of each one that was sent.

        A message is deleted only after its copy was sent: a kill in between leaves it twice, and the counter
        and the pull accept duplicates.
        """
        removed: set[str] = set()
        for message in self._receive_chosen(message_ids, removed):
            self.sqs.send_message(QueueUrl=self.source_url, MessageBody=message["Body"])
            self._delete(message, removed)
            yield message["MessageId"]

    def drop(self, message_ids: Collection[str]) -> Iterator[str]:
        """Delete dead letters; yields the ID of each one that was deleted."""
        removed: set[str] = set()
        for message in self._receive_chosen(message_ids, removed):
            self._delete(message, removed)
            yield message["MessageId"]

    def hold(self, seconds: int) -> dict[DeadLetter, str]:
        """Hide all visible dead letters for this many seconds; return their receipt handles."""
        max_receives = self._max_receives()
        readers = min(READERS, 1 + self._visible() // MOST)
        with ThreadPoolExecutor(readers) as threads:
            found = list(threads.map(lambda _: list(self._receive_until_empty(seconds)), range(readers)))
        letters = {
            message["MessageId"]: (self._dead_letter(message, max_receives), message["ReceiptHandle"])
            for messages in found
            for message in messages
        }
        return dict(letters.values())

    def change_visibility(self, handles: Sequence[str], seconds: int) -> None:
        """Hide messages for this many seconds from now on; 0 makes them visible."""
        batches = [handles[first : first + _BATCH] for first in range(0, len(handles), _BATCH)]
        with ThreadPoolExecutor(READERS) as threads:
            list(threads.map(lambda batch: self._change_batch(batch, seconds), batches))

    def arns(self) -> tuple[str, str]:
        """The ARNs of this queue and of its source queue."""
        own, source = (
            self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
            for url in (self.url, self.source_url)
        )
        return own, source

    def _receive_chosen(self, message_ids: Collection[str], removed: set[str]) -> "Iterator[MessageTypeDef]":
        """The visible messages with these IDs, until all of them are in `removed`."""
        wanted = set(message_ids)
        with closing(self._receive(removed)) as messages:
            for message in messages if wanted else ():
                if message["MessageId"] in wanted:
                    yield message
                if removed == wanted:
                    return

    def _receive(self, removed: set[str], most: int = MOST) -> "Generator[MessageTypeDef, None, None]":
        """Each message once; at the end all but those in `removed` are visible again."""
        held: dict[str, str] = {}
        try:
            while len(held) < most:
                messages = self._receive_batch(HIDDEN_SECONDS)
                new = [message for message in messages if message["MessageId"] not in held]
                held.update({message["MessageId"]: message["ReceiptHandle"] for message in messages})
                yield from new
                if not new:
                    return
        finally:
            left = [handle for message_id, handle in held.items() if message_id not in removed]
            self.change_visibility(left, 0)

    def _receive_until_empty(self, seconds: int) -> "Iterator[MessageTypeDef]":
        while messages := self._receive_batch(seconds):
            yield from messages

    def _receive_batch(self, seconds: int) -> "list[MessageTypeDef]":
        answer = self.sqs.receive_message(
            QueueUrl=self.url,
            MaxNumberOfMessages=_BATCH,
            WaitTimeSeconds=WAIT_SECONDS,
            VisibilityTimeout=seconds,
            MessageAttributeNames=["Reason"],
            MessageSystemAttributeNames=["SentTimestamp"],
        )
        return answer.get("Messages", [])

    def _change_batch(self, handles: Sequence[str], seconds: int) -> None:
        # Entries that fail were deleted or received by somebody else in the meantime.
        self.sqs.change_message_visibility_batch(
            QueueUrl=self.url,
            Entries=[
                {"Id": str(number), "ReceiptHandle": handle, "VisibilityTimeout": seconds}
                for number, handle in enumerate(handles)
            ],
        )

    def _visible(self) -> int:
        answer = self.sqs.get_queue_attributes(
            QueueUrl=self.url, AttributeNames=["ApproximateNumberOfMessages"]
        )
        return int(answer["Attributes"]["ApproximateNumberOfMessages"])

    def _delete(self, message: "MessageTypeDef", removed: set[str]) -> None:
        self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        removed.add(message["MessageId"])

    def _max_receives(self) -> int:
        answer = self.sqs.get_queue_attributes(QueueUrl=self.source_url, AttributeNames=["RedrivePolicy"])
        policy = answer.get("Attributes", {}).get("RedrivePolicy")
        return int(json.loads(policy)["maxReceiveCount"]) if policy else 0

    def _dead_letter(self, message: "MessageTypeDef", max_receives: int) -> DeadLetter:
        attributes = message.get("MessageAttributes", {})
        reason = attributes["Reason"].get("StringValue") if "Reason" in attributes else None
        sent = from_millis(int(message["Attributes"]["SentTimestamp"]))
        return DeadLetter(message["MessageId"], self.source, sent, message["Body"], max_receives, reason)


def dead_letter_queues(sqs: "SQSClient", deployed: DeployedStack) -> Mapping[SourceQueue, DeadLetterQueue]:
    """The two dead-letter queues of a stack. Raises StackIncomplete."""
    return {
        source: DeadLetterQueue(
            sqs, source, deployed.output(f"{name}DeadLetterQueueUrl"), deployed.output(f"{name}QueueUrl")
        )
        for source, name in _OUTPUTS.items()
    }
