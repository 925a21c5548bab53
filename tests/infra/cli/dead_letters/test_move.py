"""The move of a queue on a stub of SQS: many letters, tasks that fail, answers that are late."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from threading import Lock
from typing import Any

import pytest

from infra.cli.dead_letters.explanation import DeadLetter, Explained, SourceQueue
from infra.cli.dead_letters.move import HOLD_SECONDS, RATE, Moved, MoveStopped, move_all
from infra.cli.dead_letters.queue import READERS, DeadLetterQueue

SENT = datetime(2026, 11, 22, tzinfo=UTC)
CALL_SECONDS = 0.1
"""A call from an office, which is slow."""


class Sqs:
    """A dead-letter queue of `number` messages; a task is listed `late` calls after its start."""

    def __init__(self, number: int, status: str = "COMPLETED", late: int = 0) -> None:
        self.visible = [str(n) for n in range(number)]
        self.hidden: dict[str, int] = {}
        self.moved: list[str] = []
        self.tasks: list[dict[str, Any]] = []
        self.calls = 0
        self._status, self._late, self._lock = status, late, Lock()

    def get_queue_attributes(self, QueueUrl: str, AttributeNames: list[str]) -> dict[str, Any]:  # noqa: N803 - AWS's names
        values = {
            "QueueArn": f"arn:{QueueUrl}",
            "RedrivePolicy": '{"maxReceiveCount": 480}',
            "ApproximateNumberOfMessages": str(len(self.visible)),
        }
        return {"Attributes": {name: values[name] for name in AttributeNames}}

    def receive_message(self, VisibilityTimeout: int, **_: Any) -> dict[str, Any]:  # noqa: N803 - AWS's names
        with self._lock:
            self.calls += 1
            taken, self.visible = self.visible[:10], self.visible[10:]
            self.hidden |= dict.fromkeys(taken, VisibilityTimeout)
        attributes = {"SentTimestamp": str(int(SENT.timestamp() * 1000))}
        return {
            "Messages": [
                {"MessageId": name, "Body": name, "ReceiptHandle": name, "Attributes": attributes}
                for name in taken
            ]
        }

    def change_message_visibility_batch(self, QueueUrl: str, Entries: list[dict[str, Any]]) -> None:  # noqa: N803 - AWS's names
        assert QueueUrl == "dead"
        assert len(Entries) <= 10
        with self._lock:
            self.calls += 1
            for entry in Entries:
                self.hidden[entry["ReceiptHandle"]] = entry["VisibilityTimeout"]
                if not entry["VisibilityTimeout"]:
                    del self.hidden[entry["ReceiptHandle"]]
                    self.visible.append(entry["ReceiptHandle"])

    def start_message_move_task(self, **params: Any) -> None:
        assert params == {
            "SourceArn": "arn:dead",
            "DestinationArn": "arn:source",
            "MaxNumberOfMessagesPerSecond": RATE,
        }
        share = len(self.visible) if self._status == "COMPLETED" else 3
        self.moved, self.visible = self.visible[:share], self.visible[share:]
        self.tasks.append({"StartedTimestamp": 2, "ApproximateNumberOfMessagesMoved": 0, "Status": "RUNNING"})

    def list_message_move_tasks(self, **_: Any) -> dict[str, Any]:
        earlier = [{"StartedTimestamp": 1, "ApproximateNumberOfMessagesMoved": 9, "Status": "COMPLETED"}]
        if not self.tasks or self._late:
            self._late -= bool(self.tasks)
            return {"Results": earlier}
        answer = dict(self.tasks[0])
        self.tasks[0] |= {"Status": self._status, "ApproximateNumberOfMessagesMoved": len(self.moved)}
        return {"Results": [answer, *earlier]}


def refusing(refused: Callable[[DeadLetter], bool]) -> Callable[[Sequence[DeadLetter]], list[Explained]]:
    """Explains dead letters; those that `refused` names would come back."""
    return lambda letters: [Explained(letter, "", "no camera", "", refused(letter)) for letter in letters]


def moved(sqs: Any, refused: Callable[[DeadLetter], bool] = lambda _: False) -> Moved:
    queue = DeadLetterQueue(sqs, SourceQueue.FRAME, "dead", "source")
    return move_all(queue, refusing(refused), lambda _: None, lambda _done, _of: None)


def test_thirty_thousand_take_minutes() -> None:
    sqs = Sqs(30_000)
    result = moved(sqs, lambda letter: int(letter.message_id) % 3 == 0)
    assert (result.sent, len(result.set_aside), len(sqs.moved)) == (20_000, 10_000, 20_000)
    assert all(int(name) % 3 for name in sqs.moved)
    assert (len(sqs.visible), sqs.hidden) == (10_000, {})
    seconds = sqs.calls * CALL_SECONDS / READERS + result.sent / RATE
    assert seconds < 3 * 60


def test_what_is_set_aside_is_hidden_until_the_task_has_ended() -> None:
    sqs, seen = Sqs(20), list[dict[str, int]]()
    queue = DeadLetterQueue(sqs, SourceQueue.FRAME, "dead", "source")  # type: ignore[arg-type] # a stub
    explain = refusing(lambda letter: letter.message_id == "7")
    move_all(queue, explain, lambda _: None, lambda _done, _of: seen.append(dict(sqs.hidden)))
    assert [set(hidden) for hidden in seen] == [{"7"}, {"7"}]
    assert seen[0]["7"] >= HOLD_SECONDS
    assert sqs.visible == ["7"]


def test_nothing_is_moved_if_all_would_be_refused() -> None:
    sqs = Sqs(12)
    result = moved(sqs, lambda _: True)
    assert (result.sent, len(result.set_aside)) == (0, 12)
    assert (sqs.tasks, len(sqs.visible)) == ([], 12)


def test_an_earlier_task_is_not_taken_for_the_new_one() -> None:
    assert moved(Sqs(5, late=3)).sent == 5


@pytest.mark.parametrize("status", ["FAILED", "CANCELLED"])
def test_a_task_that_stops_is_an_error_that_says_what_is_left(status: str) -> None:
    sqs = Sqs(5, status)
    with pytest.raises(MoveStopped, match=f"with {status} after 3 of 4 dead letters: the others are still"):
        moved(sqs, lambda letter: letter.message_id == "0")
    assert (len(sqs.visible), sqs.hidden) == (2, {})


def test_all_are_visible_again_if_the_registry_cannot_be_read() -> None:
    def failing(_: Sequence[DeadLetter]) -> list[Explained]:
        raise KeyError("registry")

    sqs: Any = Sqs(15)
    queue = DeadLetterQueue(sqs, SourceQueue.FRAME, "dead", "source")
    with pytest.raises(KeyError):
        move_all(queue, failing, lambda _: None, lambda _done, _of: None)
    assert (len(sqs.visible), sqs.hidden) == (15, {})
