"""The simulated services: conditions of DynamoDB, receive counts of SQS, quotas, botocore's retries."""

from collections import defaultdict
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer
from botocore.exceptions import ClientError

from ingest.aws.clients import client_config
from ingest.aws.dynamodb import to_item
from tests.scale.calls import Calls, Network, Throttle, error
from tests.scale.clock import Clock
from tests.scale.dynamodb import DynamoDB, Table
from tests.scale.expressions import Deserializer, condition
from tests.scale.queues import Queue
from tests.scale.video import FRAGMENT, Streams


@pytest.fixture
def network() -> Iterator[Network]:
    clock = Clock(0.0)
    yield Network(clock, {}, Random(1))
    clock.close()


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("attribute_exists(A)", True),
        ("attribute_not_exists(A)", False),
        ("attribute_not_exists(A) OR A < :seven", True),
        ("attribute_exists(A) AND (attribute_not_exists(B) OR B = :five)", True),
        ("attribute_exists(A) AND (attribute_exists(B) OR #a > :seven)", False),
        ("NOT #a = :five", False),
        ("B <= :seven", False),  # an attribute that is missing is not smaller
    ],
)
def test_conditions(text: str, *, holds: bool) -> None:
    values = to_item({":five": 5, ":seven": 7})
    assert condition(text)(to_item({"A": 5}), {"#a": "A"}, values) is holds


def test_values_are_those_of_boto3() -> None:
    values = {
        "text": "a",
        "number": 1.5,
        "none": [None],
        "flag": True,
        "list": [1, {"deep": ["b"]}],
        "map": {},
    }
    for attribute in to_item(values).values():
        assert Deserializer().deserialize(attribute) == TypeDeserializer().deserialize(attribute)


def test_a_condition_that_does_not_hold_changes_nothing(network: Network) -> None:
    tables: defaultdict[str, Table] = defaultdict(lambda: Table(Calls(network, "dynamodb", None)))
    client = DynamoDB(Calls(network, "dynamodb", None), tables)
    key, names = to_item({"CameraId": "door"}), {"#n": "N"}
    change: dict[str, Any] = {
        "TableName": "t",
        "Key": key,
        "UpdateExpression": "SET #n = :n REMOVE Old",
        "ConditionExpression": "attribute_not_exists(#n) OR #n < :n",
        "ExpressionAttributeNames": names,
    }
    for number, stored in ((5, 5), (4, 5), (6, 6)):
        try:
            client.update_item(**change, ExpressionAttributeValues=to_item({":n": number}))
        except client.exceptions.ConditionalCheckFailedException:
            assert number == 4
        assert tables["t"].get(key) == to_item({"CameraId": "door", "N": stored})


def test_a_quota_is_a_rate_with_a_burst(network: Network) -> None:
    quota = Throttle(network.clock, 5, 10)
    assert [quota.take() for _ in range(11)] == [True] * 10 + [False]
    network.clock.sleep(1)
    assert [quota.take() for _ in range(6)] == [True] * 5 + [False]


def test_retries_are_those_of_botocore(network: Network) -> None:
    network.faults["Call"] = ("InternalServerError", 500)
    calls = Calls(network, "s3", client_config(attempts=4))
    with pytest.raises(ClientError):
        calls.call("Call", dict)
    assert network.calls["Call"] == 4
    # 500 tokens, 14 for each retry: when they are used up, no call is repeated.
    for _ in range(20):
        with pytest.raises(ClientError):
            calls.call("Call", dict)
    assert network.calls["Call"] == 21 + 500 // 14


def test_an_adaptive_client_slows_down_where_it_is_throttled(network: Network) -> None:
    quota = Throttle(network.clock, 5, 5)
    calls = Calls(network, "rekognition", client_config(mode="adaptive"))

    def act() -> dict[str, Any]:
        if not quota.take():
            raise error("ThrottlingException", 400)
        return {}

    for _ in range(100):
        calls.call("Call", act)
    assert network.clock.now >= (100 - 5) / 5


def test_a_message_comes_again_until_it_is_a_dead_letter(network: Network) -> None:
    queue = Queue(network.clock, visibility=30, most_receives=2)
    queue.send(["a", "b"])
    assert [message.receives for message in queue.receive(10, 0)] == [1, 1]
    queue.delete(["0"])
    network.clock.sleep(30)
    queue.show_hidden()
    (again,) = queue.receive(10, 0)
    assert (again.body, again.receives, queue.oldest_age()) == ("b", 2, 30)
    network.clock.sleep(30)
    queue.show_hidden()
    queue.send(["c"])
    assert [message.body for message in queue.receive(10, 0)] == ["c"]
    assert [message.body for message in queue.dead] == ["b"]


def test_after_an_outage_the_oldest_fragments_arrive_first_and_live_video_after_them() -> None:
    streams = Streams({}, outage=(1000.0, 1100.0))
    arrivals = [streams.arrival(start) for start in range(900, 1300, int(FRAGMENT))]
    assert arrivals == sorted(arrivals)
    assert streams.arrival(995.0) == 995.4
    assert streams.arrival(1000.0) == 1100.0
    assert streams.arrival(1290.0) == 1290.4
