"""An SQS event source mapping: receives, invokes, deletes what succeeded.

What failed stays in the queue until its visibility time-out; SQS itself moves it to the dead-letter queue.
Source: "Using Lambda with Amazon SQS" and "Handling errors for an SQS event source in Lambda".
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Event as Signal
from threading import Semaphore, Thread
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from infra.local.lambdas.functions import QueueSource
from infra.local.lambdas.invocation import Answer, Failure, Invoker

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

RECEIVE_MAX = 10  # messages that SQS gives or deletes in one call
LONG_POLL = 1  # s; short, so that stopping does not wait
WITHIN_WINDOW = 0.1  # s between two receives while a batch fills
AFTER_FAILURE = 1.0  # s
UNLIMITED = 1000
"""Concurrent invocations of a mapping without MaximumConcurrency: the default quota of an account."""


@dataclass(frozen=True)
class QueuePoller:
    """Polls a mapping's queue: `run` invokes the function for batch after batch until `stopping` is set.

    At most the mapping's MaximumConcurrency of them run at the same time.
    """

    sqs: "SQSClient"
    source: QueueSource
    region: str
    invoker: Invoker
    stopping: Signal
    monotonic: Callable[[], float] = time.monotonic
    long_poll: int = LONG_POLL

    def run(self) -> None:
        """Poll until told to stop; then wait for the invocations that still run."""
        limit = self.source.concurrency or UNLIMITED
        free = Semaphore(limit)
        while not self.stopping.is_set():
            if free.acquire(timeout=WITHIN_WINDOW):
                self._invoke_beside(free)
        for _ in range(limit):
            free.acquire()

    def poll(self) -> int:
        """Receive and handle one batch; return the number of its messages. Raises ClientError."""
        messages = self._receive()
        if messages:
            self._handle(messages)
        return len(messages)

    def _invoke_beside(self, free: Semaphore) -> None:
        """Receive a batch and handle it in a thread, which releases `free` at its end."""

        def handle() -> None:
            try:
                with self._polling():
                    self._handle(messages)
            finally:
                free.release()

        messages: list[MessageTypeDef] = []
        with self._polling():
            messages = self._receive()
        if messages:
            Thread(target=handle, daemon=True).start()
        else:
            free.release()

    @contextmanager
    def _polling(self) -> Iterator[None]:
        """Report an error of SQS, and wait."""
        try:
            yield
        except (BotoCoreError, ClientError) as error:
            reason = f"its queue {self.source.queue_url} could not be polled: {error}"
            self.invoker.report(Failure(self.invoker.function.logical_id, datetime.now(UTC), reason))
            self.stopping.wait(AFTER_FAILURE)

    def _handle(self, messages: Sequence["MessageTypeDef"]) -> None:
        """Invoke the function; delete what it has handled. Raises ClientError."""
        records = [to_record(message, self.source.queue_arn, self.region) for message in messages]
        answer = self.invoker.invoke({"Records": records})
        failed = failed_messages(answer, [message["MessageId"] for message in messages], self.source)
        self._delete([message for message in messages if message["MessageId"] not in failed])

    def _receive(self) -> list["MessageTypeDef"]:
        messages = self._receive_once(self.source.batch_size, self.long_poll)
        closes = self.monotonic() + self.source.window
        # Without a window, Lambda still fills a batch with the messages that are there already.
        while messages and len(messages) < self.source.batch_size and not self.stopping.is_set():
            more = self._receive_once(self.source.batch_size - len(messages), 0)
            messages += more
            if self.monotonic() >= closes and (self.source.window or not more):
                break
            if not more:
                self.stopping.wait(WITHIN_WINDOW)
        return messages

    def _receive_once(self, limit: int, wait: int) -> list["MessageTypeDef"]:
        answer = self.sqs.receive_message(
            QueueUrl=self.source.queue_url,
            MaxNumberOfMessages=min(limit, RECEIVE_MAX),
            WaitTimeSeconds=wait,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        return answer.get("Messages", [])

    def _delete(self, messages: Sequence["MessageTypeDef"]) -> None:
        for first in range(0, len(messages), RECEIVE_MAX):
            self.sqs.delete_message_batch(
                QueueUrl=self.source.queue_url,
                Entries=[
                    {"Id": str(index), "ReceiptHandle": message["ReceiptHandle"]}
                    for index, message in enumerate(messages[first : first + RECEIVE_MAX])
                ],
            )


def to_record(message: "MessageTypeDef", queue_arn: str, region: str) -> dict[str, Any]:
    """A received message as a record of Lambda's SQS event."""
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": dict(message.get("Attributes", {})),
        "messageAttributes": {
            name: _message_attribute(value) for name, value in message.get("MessageAttributes", {}).items()
        },
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": region,
    }


def failed_messages(answer: Answer, message_ids: Sequence[str], source: QueueSource) -> set[str]:
    """The ids that must stay in the queue, by Lambda's rules for `batchItemFailures`.

    A failed invocation fails its whole batch. So does an answer of another form than the documented one, and
    an answer that names a message that was not in the batch.
    """
    if answer.failure is not None:
        return set(message_ids)
    if not source.reports_failures or not answer.result:
        return set()
    failures = answer.result.get("batchItemFailures") if isinstance(answer.result, Mapping) else ""
    if failures is None:
        return set()
    if not isinstance(failures, list):
        return set(message_ids)
    named = [item.get("itemIdentifier") if isinstance(item, Mapping) else None for item in failures]
    return set(message_ids) if set(named) - set(message_ids) else {str(name) for name in named}


def _message_attribute(value: Mapping[str, Any]) -> dict[str, Any]:
    names = {"StringValue": "stringValue", "BinaryValue": "binaryValue", "DataType": "dataType"}
    return {names[name]: content for name, content in value.items() if name in names}
