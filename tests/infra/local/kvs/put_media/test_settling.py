from collections.abc import Callable
from math import inf
from typing import Any

import boto3
import pytest

from infra.local.kvs.server import KvsServer
from ingest.kvs import mkv
from tests.infra.local.kvs.arbitrary_media import HEADER, START, fragment
from tests.infra.local.kvs.conftest import Clock
from tests.infra.local.kvs.talk import STORED, connects, hears_the_end, is_told, play, sends


def info(client: Any) -> Any:
    return client.describe_stream(StreamName="entrance")["StreamInfo"]


def more_retention(client: Any) -> None:
    client.update_data_retention(
        StreamName="entrance",
        CurrentVersion=info(client)["Version"],
        Operation="INCREASE_DATA_RETENTION",
        DataRetentionChangeInHours=1,
    )


def test_a_stream_is_a_while_creating_updating_and_deleting(
    serve: Callable[..., KvsServer], clock: Clock
) -> None:
    serve(settling_seconds=60.0)
    client = boto3.client("kinesisvideo")
    in_use = client.exceptions.ResourceInUseException

    arn = client.create_stream(StreamName="entrance", DataRetentionInHours=1)["StreamARN"]
    assert info(client)["Status"] == "CREATING"
    with pytest.raises(in_use, match="The stream entrance is CREATING: wait until it is ACTIVE"):
        more_retention(client)
    clock.offset += 61
    assert info(client)["Status"] == "ACTIVE"

    more_retention(client)
    assert (info(client)["Status"], info(client)["DataRetentionInHours"]) == ("UPDATING", 2)
    with pytest.raises(in_use, match="is UPDATING"):
        client.delete_stream(StreamARN=arn)
    clock.offset += 61

    client.delete_stream(StreamARN=arn)
    assert info(client)["Status"] == "DELETING"
    with pytest.raises(in_use):
        client.create_stream(StreamName="entrance")
    clock.offset += 61
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        info(client)
    client.create_stream(StreamName="entrance")


def test_a_stream_that_is_never_active_takes_no_media(serve: Callable[..., KvsServer], clock: Clock) -> None:
    kvs = serve(settling_seconds=inf)
    boto3.client("kinesisvideo").create_stream(StreamName="entrance", DataRetentionInHours=1)
    clock.offset += 1e6

    play(kvs, clock, [connects(), sends(HEADER), hears_the_end(4008)])


def test_media_goes_on_while_a_change_settles(serve: Callable[..., KvsServer], clock: Clock) -> None:
    kvs = serve(settling_seconds=60.0)
    client = boto3.client("kinesisvideo")
    client.create_stream(StreamName="entrance", DataRetentionInHours=1)
    clock.offset += 61
    ended = fragment(START) + mkv.END_OF_FRAGMENT

    play(
        kvs,
        clock,
        [
            connects(),
            lambda _: more_retention(client),
            sends(HEADER + ended),
            is_told(*STORED),
        ],
    )
    assert info(client)["Status"] == "UPDATING"
