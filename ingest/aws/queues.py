"""Sends messages to a queue, ten in a call; every message is sent or named in the error."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TYPE_CHECKING

from ingest.errors import OccupancyError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

BATCH = 10
"""The most messages that SendMessageBatch accepts."""

ATTEMPTS = 3
SIDE_BY_SIDE = 10
"""Parallel calls of one `send`; the client needs as many connections for each concurrent `send`."""


class NotSent(OccupancyError):
    """SQS refused messages in every attempt."""

    def __init__(self, queue_url: str, bodies: Sequence[str], code: str) -> None:
        super().__init__(
            f"{len(bodies)} messages were refused by queue {queue_url} ({code}): {', '.join(bodies[:10])}"
        )
        self.bodies = tuple(bodies)


class MessageQueue:
    """One queue to send to. The client may be shared by threads."""

    def __init__(self, sqs: "SQSClient", queue_url: str) -> None:
        self._sqs = sqs
        self._queue_url = queue_url

    def send(self, bodies: Iterable[str]) -> int:
        """Send every body; return their number. Raises NotSent with those that SQS refused every time."""
        batches = list(_batched(bodies))
        if len(batches) == 1:
            self._send_batch(batches[0])
        elif batches:
            with ThreadPoolExecutor(min(SIDE_BY_SIDE, len(batches))) as threads:
                refused = [error for error in threads.map(self._refusal, batches) if error]
            if refused:
                bodies = [body for error in refused for body in error.bodies]
                raise NotSent(self._queue_url, bodies, "see the first cause") from refused[0]
        return sum(map(len, batches))

    def _refusal(self, bodies: Sequence[str]) -> NotSent | None:
        try:
            self._send_batch(bodies)
        except NotSent as error:
            return error
        return None

    def _send_batch(self, bodies: Sequence[str]) -> None:
        waiting, code = list(bodies), ""
        for _ in range(ATTEMPTS):
            answer = self._sqs.send_message_batch(
                QueueUrl=self._queue_url,
                Entries=[{"Id": str(index), "MessageBody": body} for index, body in enumerate(waiting)],
            )
            failed = answer.get("Failed", [])
            if not failed:
                return
            code = failed[0]["Code"]
            waiting = [waiting[int(entry["Id"])] for entry in failed]
        raise NotSent(self._queue_url, waiting, code)


def _batched(bodies: Iterable[str]) -> Iterable[list[str]]:
    rest = iter(bodies)
    while batch := list(islice(rest, BATCH)):
        yield batch
