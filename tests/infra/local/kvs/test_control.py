import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from infra.local.kvs.server import KvsServer
from tests.infra.local.kvs.conftest import UNCHECKED, Clock

if TYPE_CHECKING:
    from mypy_boto3_kinesisvideo import KinesisVideoClient

ARN = "arn:aws:kinesisvideo:us-east-1:123456789012:stream/entrance/1"


def names(answer: Any) -> list[str]:
    return [info["StreamName"] for info in answer["StreamInfoList"]]


def version(control: "KinesisVideoClient", name: str = "entrance") -> str:
    return control.describe_stream(StreamName=name)["StreamInfo"]["Version"]


def test_a_stream_as_it_was_created(control: "KinesisVideoClient", clock: Clock) -> None:
    arn = control.create_stream(
        StreamName="entrance",
        DataRetentionInHours=24,
        MediaType="video/h264",
        DeviceName="door",
        Tags={"a": "b"},
    )["StreamARN"]

    info = control.describe_stream(StreamARN=arn)["StreamInfo"]

    assert re.fullmatch(r"arn:aws:kinesisvideo:us-east-1:123456789012:stream/entrance/\d{13}", arn)
    assert abs(info["CreationTime"].timestamp() - clock()) < 60
    assert re.fullmatch(r"[a-zA-Z0-9]{1,64}", info["Version"])
    described = {
        name: value for name, value in info.items() if name not in ("CreationTime", "Version", "KmsKeyId")
    }
    assert described == {
        "StreamName": "entrance",
        "StreamARN": arn,
        "MediaType": "video/h264",
        "DeviceName": "door",
        "Status": "ACTIVE",
        "DataRetentionInHours": 24,
    }
    assert control.list_tags_for_stream(StreamARN=arn)["Tags"] == {"a": "b"}


def test_retention_is_none_unless_asked_for(control: "KinesisVideoClient") -> None:
    control.create_stream(StreamName="entrance")

    assert control.describe_stream(StreamName="entrance")["StreamInfo"]["DataRetentionInHours"] == 0


@pytest.mark.parametrize(
    ("operation", "parameters", "error"),
    [
        ("create_stream", {"StreamName": "entrance"}, "ResourceInUseException"),
        ("create_stream", {"StreamName": "front door"}, "InvalidArgumentException"),
        ("create_stream", {"StreamName": "x", "DataRetentionInHours": 87_601}, "InvalidArgumentException"),
        ("create_stream", {"StreamName": "x", "MediaType": "h264"}, "InvalidArgumentException"),
        ("create_stream", {"StreamName": "x", "Tags": {"a#": "b"}}, "InvalidArgumentException"),
        (
            "create_stream",
            {"StreamName": "x", "Tags": {str(number): "" for number in range(51)}},
            "TagsPerResourceExceededLimitException",
        ),
        ("describe_stream", {"StreamName": "exit"}, "ResourceNotFoundException"),
        ("describe_stream", {"StreamARN": ARN}, "ResourceNotFoundException"),
        ("describe_stream", {"StreamARN": ARN.replace("1234", "9999")}, "NotAuthorizedException"),
        ("describe_stream", {"StreamARN": ARN.replace("us-east-1", "eu-west-1")}, "NotAuthorizedException"),
        ("describe_stream", {"StreamARN": ARN[:-2]}, "InvalidArgumentException"),
        ("describe_stream", {"StreamARN": ARN, "StreamName": "exit"}, "InvalidArgumentException"),
        ("describe_stream", {}, "InvalidArgumentException"),
        ("delete_stream", {"StreamARN": ARN}, "ResourceNotFoundException"),
        ("list_streams", {"NextToken": "!"}, "InvalidArgumentException"),
        ("list_streams", {"NextToken": "/w=="}, "InvalidArgumentException"),
        ("list_streams", {"MaxResults": 10_001}, "InvalidArgumentException"),
        (
            "list_streams",
            {"StreamNameCondition": {"ComparisonOperator": "EQUALS"}},
            "InvalidArgumentException",
        ),
        ("tag_stream", {"StreamName": "exit", "Tags": {"a": "b"}}, "ResourceNotFoundException"),
        ("tag_stream", {"StreamName": "entrance", "Tags": {}}, "InvalidArgumentException"),
        (
            "tag_stream",
            {"StreamName": "entrance", "Tags": {str(number): "" for number in range(51)}},
            "TagsPerResourceExceededLimitException",
        ),
        ("untag_stream", {"StreamName": "entrance", "TagKeyList": []}, "InvalidArgumentException"),
        ("untag_stream", {"StreamName": "exit", "TagKeyList": ["a"]}, "ResourceNotFoundException"),
        ("list_tags_for_stream", {"StreamName": "exit"}, "ResourceNotFoundException"),
        ("get_data_endpoint", {"StreamName": "exit", "APIName": "PUT_MEDIA"}, "ResourceNotFoundException"),
        ("get_data_endpoint", {"StreamName": "entrance", "APIName": "GET_RICH"}, "InvalidArgumentException"),
    ],
)
def test_errors_are_the_exceptions_that_aws_gives(
    control: "KinesisVideoClient", operation: str, parameters: dict[str, Any], error: str
) -> None:
    control.create_stream(StreamName="entrance")
    client = boto3.client("kinesisvideo", config=UNCHECKED)

    with pytest.raises(getattr(client.exceptions, error)) as raised:
        getattr(client, operation)(**parameters)

    assert raised.value.response["ResponseMetadata"]["RequestId"]
    headers = raised.value.response["ResponseMetadata"]["HTTPHeaders"]
    assert headers["x-amzn-errortype"] == headers["x-amz-errortype"] == error
    assert raised.value.response["Error"]["Message"]


def test_list_streams_in_pages_and_by_the_beginning_of_their_names(control: "KinesisVideoClient") -> None:
    for number in range(12):
        control.create_stream(StreamName=f"aisle-{number:02d}")
    control.create_stream(StreamName="entrance")

    first = control.list_streams()
    rest = control.list_streams(NextToken=first["NextToken"])
    aisles = control.list_streams(
        MaxResults=1000,
        StreamNameCondition={"ComparisonOperator": "BEGINS_WITH", "ComparisonValue": "aisle-0"},
    )
    pages = [
        names(page)
        for page in control.get_paginator("list_streams").paginate(PaginationConfig={"PageSize": 5})
    ]

    assert len(names(first)) == 10
    assert sorted(names(first) + names(rest)) == [
        *(f"aisle-{number:02d}" for number in range(12)),
        "entrance",
    ]
    assert "NextToken" not in rest
    assert "NextToken" not in aisles
    assert names(aisles) == [f"aisle-0{number}" for number in range(10)]
    assert [len(page) for page in pages] == [5, 5, 3]


def test_a_deleted_stream_is_gone_and_its_name_free(control: "KinesisVideoClient") -> None:
    arn = control.create_stream(StreamName="entrance")["StreamARN"]

    with pytest.raises(control.exceptions.VersionMismatchException):
        control.delete_stream(StreamARN=arn, CurrentVersion="old")
    control.delete_stream(StreamARN=arn, CurrentVersion=version(control))

    with pytest.raises(control.exceptions.ResourceNotFoundException):
        control.describe_stream(StreamName="entrance")
    control.create_stream(StreamName="entrance")


def test_tags_are_added_overwritten_and_removed(control: "KinesisVideoClient") -> None:
    control.create_stream(StreamName="entrance", Tags={"a": "1", "b": "2"})

    control.tag_stream(StreamName="entrance", Tags={"b": "3", "Größe / m²": "ä"})
    control.untag_stream(StreamName="entrance", TagKeyList=["a", "never there"])

    assert control.list_tags_for_stream(StreamName="entrance")["Tags"] == {"b": "3", "Größe / m²": "ä"}


def test_retention_changes_by_a_difference_and_names_the_version(control: "KinesisVideoClient") -> None:
    control.create_stream(StreamName="entrance", DataRetentionInHours=2)

    def change(operation: Any, hours: int, current: str | None = None) -> None:
        control.update_data_retention(
            StreamName="entrance",
            CurrentVersion=current or version(control),
            Operation=operation,
            DataRetentionChangeInHours=hours,
        )

    first = version(control)
    change("INCREASE_DATA_RETENTION", 22)
    assert control.describe_stream(StreamName="entrance")["StreamInfo"]["DataRetentionInHours"] == 24
    with pytest.raises(control.exceptions.VersionMismatchException):
        change("DECREASE_DATA_RETENTION", 1, first)
    with pytest.raises(control.exceptions.InvalidArgumentException, match="would become -1 hours"):
        change("DECREASE_DATA_RETENTION", 25)
    with pytest.raises(control.exceptions.InvalidArgumentException):
        change("INCREASE_DATA_RETENTION", 87_577)
    change("DECREASE_DATA_RETENTION", 24)
    assert control.describe_stream(StreamName="entrance")["StreamInfo"]["DataRetentionInHours"] == 0


def test_the_data_plane_is_on_the_same_address(control: "KinesisVideoClient", kvs: KvsServer) -> None:
    control.create_stream(StreamName="entrance")

    endpoint = control.get_data_endpoint(StreamName="entrance", APIName="PUT_MEDIA")["DataEndpoint"]

    assert endpoint == kvs.url
    assert not endpoint.endswith("/")


def test_an_account_has_only_so_many_streams(serve: Callable[..., KvsServer]) -> None:
    serve(streams=1)
    client = boto3.client("kinesisvideo")
    client.create_stream(StreamName="entrance")

    with pytest.raises(client.exceptions.AccountStreamLimitExceededException):
        client.create_stream(StreamName="exit")


def test_an_api_that_is_not_there(control: "KinesisVideoClient") -> None:
    with pytest.raises(ClientError) as raised:
        control.create_signaling_channel(ChannelName="door")

    assert raised.value.response["Error"]["Code"] == "UnknownOperationException"
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404
