from typing import Any

import pytest

from ingest.aws.queues import ATTEMPTS, MessageQueue, NotSent
from tests.ingest.cloud import Cloud


class Refusing:
    """SQS as it answers when single entries of a batch fail."""

    def __init__(self, refuse: dict[str, int]) -> None:
        self.refuse = refuse
        self.sent: list[str] = []
        self.calls = 0

    def send_message_batch(self, Entries: list[dict[str, str]], **_: Any) -> dict[str, Any]:  # noqa: N803 - AWS's
        self.calls += 1
        failed = []
        for entry in Entries:
            if self.refuse.get(entry["MessageBody"], 0) > 0:
                self.refuse[entry["MessageBody"]] -= 1
                failed.append({"Id": entry["Id"], "Code": "ServiceUnavailable", "SenderFault": False})
            else:
                self.sent.append(entry["MessageBody"])
        return {"Failed": failed} if failed else {}


def queue(sqs: Any) -> MessageQueue:
    return MessageQueue(sqs, "https://sqs/pull")


@pytest.mark.parametrize("count", [0, 1, 10, 11, 105])
def test_every_message_arrives_once(kvs: Cloud, count: int) -> None:
    bodies = [f"message {number}" for number in range(count)]

    assert MessageQueue(kvs.sqs, kvs.pull_queue).send(bodies) == count
    assert sorted(kvs.bodies(kvs.pull_queue)) == sorted(bodies)


def test_refused_entries_are_sent_again_and_no_others() -> None:
    sqs = Refusing({"b": 2, "c": 1})

    assert queue(sqs).send(["a", "b", "c"]) == 3
    assert sqs.sent == ["a", "c", "b"]
    assert sqs.calls == 3


def test_what_is_refused_for_good_is_named() -> None:
    sqs = Refusing({"b": 99})

    with pytest.raises(NotSent, match=r"1 messages were refused .*ServiceUnavailable.*: b") as caught:
        queue(sqs).send(["a", "b"])
    assert (caught.value.bodies, sqs.calls) == (("b",), ATTEMPTS)


def test_one_bad_batch_keeps_none_of_the_others_back() -> None:
    bodies = [f"m{number}" for number in range(50)]
    sqs = Refusing({"m3": 99, "m44": 99})

    with pytest.raises(NotSent) as caught:
        queue(sqs).send(bodies)
    assert caught.value.bodies == ("m3", "m44")
    assert sorted(sqs.sent) == sorted(set(bodies) - {"m3", "m44"})
