"""SQS standard queues: visibility timeouts, receive counts, and the waiting of Lambda's pollers."""

import heapq
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tests.scale.calls import Calls
from tests.scale.clock import Clock, Process


@dataclass(eq=False)
class Message:
    """A message in a queue. `sent` is in seconds since the epoch."""

    number: int
    body: str
    sent: float
    receives: int = 0
    deleted: bool = False

    def record(self) -> dict[str, Any]:
        """As Lambda passes it to a function."""
        return {
            "messageId": str(self.number),
            "receiptHandle": str(self.number),
            "body": self.body,
            "attributes": {"ApproximateReceiveCount": str(self.receives)},
        }


@dataclass
class Queue:
    """A queue. A message that becomes visible goes behind those that are; AWS promises no order."""

    clock: Clock
    visibility: float
    most_receives: int
    messages: dict[str, Message] = field(default_factory=dict)
    dead: list[Message] = field(default_factory=list)
    busy_since: float | None = None
    """Since when a receive has left messages behind."""
    _visible: deque[Message] = field(default_factory=deque)
    _hidden: list[tuple[float, int, Message]] = field(default_factory=list)
    _waiting: deque[Process] = field(default_factory=deque)
    _numbers: "count[int]" = field(default_factory=count)

    def send(self, bodies: Iterable[str]) -> None:
        """Add messages, and wake a poller for each."""
        for body in bodies:
            message = Message(next(self._numbers), body, self.clock.now)
            self.messages[str(message.number)] = message
            self._show(message)

    def receive(self, most: int, window: float) -> list[Message]:
        """Wait for messages, then up to `window` for a whole batch; hides what it returns."""
        while not self._visible:
            self.busy_since = None
            self._waiting.append(self.clock.current)
            self.clock.wait()
        if len(self._visible) < most and window:
            self.clock.sleep(window)
        batch: list[Message] = []
        while self._visible and len(batch) < most:
            message = self._visible.popleft()
            if message.deleted:
                continue
            message.receives += 1
            if message.receives > self.most_receives:
                self.dead.append(message)
                self.delete([str(message.number)])
                continue
            batch.append(message)
            heapq.heappush(self._hidden, (self.clock.now + self.visibility, message.number, message))
        if self._visible and self.busy_since is None:
            self.busy_since = self.clock.now
        return batch

    def delete(self, numbers: Iterable[str]) -> None:
        """Delete messages."""
        for number in numbers:
            if message := self.messages.pop(number, None):
                message.deleted = True

    def show_hidden(self) -> None:
        """Show again what was received too long ago and not deleted; runs each second."""
        while self._hidden and self._hidden[0][0] <= self.clock.now:
            message = heapq.heappop(self._hidden)[2]
            if not message.deleted:
                self._show(message)

    def oldest_age(self) -> float:
        """Seconds since the oldest message was sent."""
        first = next(iter(self.messages.values()), None)
        return self.clock.now - first.sent if first else 0.0

    def _show(self, message: Message) -> None:
        self._visible.append(message)
        if self._waiting:
            self.clock.wake_later(self._waiting.popleft())


class Sqs:
    """boto3's client over the queues, by URL."""

    def __init__(self, calls: Calls, queues: dict[str, Queue]) -> None:
        self._calls = calls
        self._queues = queues

    def send_message_batch(self, *, QueueUrl: str, Entries: Sequence[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 - AWS's
        """Send up to ten messages."""

        def act() -> dict[str, Any]:
            self._queues[QueueUrl].send(entry["MessageBody"] for entry in Entries)
            return {}

        return self._calls.call("SendMessageBatch", act)

    def delete_message_batch(self, *, QueueUrl: str, Entries: Sequence[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 - AWS's
        """Delete up to ten messages."""

        def act() -> dict[str, Any]:
            self._queues[QueueUrl].delete(entry["ReceiptHandle"] for entry in Entries)
            return {}

        return self._calls.call("DeleteMessageBatch", act)
