from collections.abc import Callable

import boto3
import pytest

from infra.local.kvs.server import KvsServer
from tests.infra.local.kvs.conftest import Clock


def test_five_control_calls_of_a_kind_on_a_stream_in_a_second(
    serve: Callable[..., KvsServer], clock: Clock
) -> None:
    clock.stop()
    serve(stream_calls=5)
    client = boto3.client("kinesisvideo")
    for name in ("entrance", "exit"):
        client.create_stream(StreamName=name)

    for _ in range(5):
        client.describe_stream(StreamName="entrance")
    with pytest.raises(
        client.exceptions.ClientLimitExceededException, match="Rate exceeded for DescribeStream of entrance: "
    ):
        client.describe_stream(StreamName="entrance")
    client.describe_stream(StreamName="exit")
    client.list_tags_for_stream(StreamName="entrance")
    clock.offset += 1
    client.describe_stream(StreamName="entrance")


@pytest.mark.parametrize(
    ("limit", "calls"), [("account_calls", "list_streams"), ("account_lookups", "describe_stream")]
)
def test_the_account_has_a_limit_for_each_kind_of_call(
    serve: Callable[..., KvsServer], clock: Clock, limit: str, calls: str
) -> None:
    clock.stop()
    serve(**{limit: 3})
    client = boto3.client("kinesisvideo")
    for name in ("entrance", "exit"):
        client.create_stream(StreamName=name)
    asked = {"describe_stream": {"StreamName": "exit"}}.get(calls, {})

    for _ in range(3):
        getattr(client, calls)(**asked)
    with pytest.raises(client.exceptions.ClientLimitExceededException, match=r"3 per second\.$"):
        getattr(client, calls)(**asked)
    client.get_data_endpoint(StreamName="entrance", APIName="PUT_MEDIA")
    client.list_tags_for_stream(StreamName="entrance")


def test_nothing_is_throttled_unless_asked_for(serve: Callable[..., KvsServer], clock: Clock) -> None:
    clock.stop()
    serve()
    client = boto3.client("kinesisvideo")

    assert [client.list_streams()["StreamInfoList"] for _ in range(120)] == [[]] * 120
