"""A dead-letter queue: looked into without taking anything out, sent back, or emptied.

SQS gives a message by hiding it for a while. So whatever is not to go is made visible again at once, and a
message that somebody else is just looking at cannot be seen.
"""

import json
from collections.abc import Collection, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra.cli.dead_letters.explanation import Letter, Queue
from ingest.times import from_millis

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

HOLD_SECONDS = 120
"""How long a message is hidden at most: should this process die, it is visible again after that."""

WAIT_SECONDS = 1
"""Long polling asks all of SQS's servers, so that an empty answer means an empty queue."""

MOST = 1000
"""Letters of one run; what is more waits for the next."""

_BATCH = 10


@dataclass(frozen=True)
class LetterBox:
    """The dead-letter queue at `url`, and the queue at `source_url` whose dead letters it holds."""

    sqs: "SQSClient"
    queue: Queue
    url: str
    source_url: str

    def peek(self, most: int = MOST) -> list[Letter]:
        """The letters that are visible now, oldest first; they stay, and stay visible."""
        receives = self._receives()
        with closing(self._each(set(), most)) as messages:
            letters = [self._letter(message, receives) for message in messages]
        return sorted(letters, key=lambda letter: letter.sent)

    def hidden(self) -> int:
        """About how many letters cannot be seen now."""
        answer = self.sqs.get_queue_attributes(
            QueueUrl=self.url, AttributeNames=["ApproximateNumberOfMessagesNotVisible"]
        )
        return int(answer["Attributes"]["ApproximateNumberOfMessagesNotVisible"])

    def retry(self, message_ids: Collection[str]) -> Iterator[str]:
        """Send letters back to where they came from; gives the id of each that has gone.

        A letter is deleted after its copy was taken: a kill in between leaves it twice, and the counter and
        the pull take the same message twice without harm.
        """
        gone: set[str] = set()
        for message in self._taking(message_ids, gone):
            self.sqs.send_message(QueueUrl=self.source_url, MessageBody=message["Body"])
            self._delete(message, gone)
            yield message["MessageId"]

    def drop(self, message_ids: Collection[str]) -> Iterator[str]:
        """Delete letters; gives the id of each that has gone."""
        gone: set[str] = set()
        for message in self._taking(message_ids, gone):
            self._delete(message, gone)
            yield message["MessageId"]

    def _taking(self, message_ids: Collection[str], gone: set[str]) -> "Iterator[MessageTypeDef]":
        """Those of the messages that can be seen, until all of them are `gone`."""
        wanted = set(message_ids)
        with closing(self._each(gone)) as messages:
            for message in messages if wanted else ():
                if message["MessageId"] in wanted:
                    yield message
                if gone == wanted:
                    return

    def _each(self, gone: set[str], most: int = MOST) -> "Generator[MessageTypeDef, None, None]":
        """Each message once; in the end all but those that are `gone` are visible again."""
        held: dict[str, str] = {}
        try:
            while len(held) < most:
                answer = self.sqs.receive_message(
                    QueueUrl=self.url,
                    MaxNumberOfMessages=_BATCH,
                    WaitTimeSeconds=WAIT_SECONDS,
                    VisibilityTimeout=HOLD_SECONDS,
                    MessageAttributeNames=["Reason"],
                    MessageSystemAttributeNames=["SentTimestamp"],
                )
                messages = answer.get("Messages", [])
                new = [message for message in messages if message["MessageId"] not in held]
                held.update({message["MessageId"]: message["ReceiptHandle"] for message in messages})
                yield from new
                if not new:
                    return
        finally:
            self._show([handle for message_id, handle in held.items() if message_id not in gone])

    def _show(self, handles: list[str]) -> None:
        for first in range(0, len(handles), _BATCH):
            # What Failed names was deleted or received by somebody else meanwhile.
            self.sqs.change_message_visibility_batch(
                QueueUrl=self.url,
                Entries=[
                    {"Id": str(number), "ReceiptHandle": handle, "VisibilityTimeout": 0}
                    for number, handle in enumerate(handles[first : first + _BATCH])
                ],
            )

    def _delete(self, message: "MessageTypeDef", gone: set[str]) -> None:
        self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        gone.add(message["MessageId"])

    def _receives(self) -> int:
        answer = self.sqs.get_queue_attributes(QueueUrl=self.source_url, AttributeNames=["RedrivePolicy"])
        policy = answer.get("Attributes", {}).get("RedrivePolicy")
        return int(json.loads(policy)["maxReceiveCount"]) if policy else 0

    def _letter(self, message: "MessageTypeDef", receives: int) -> Letter:
        attributes = message.get("MessageAttributes", {})
        noted = attributes["Reason"].get("StringValue") if "Reason" in attributes else None
        sent = from_millis(int(message["Attributes"]["SentTimestamp"]))
        return Letter(message["MessageId"], self.queue, sent, message["Body"], receives, noted)
