"""Reads the stream `entrance` through the APIs of the service."""

from typing import TYPE_CHECKING, Any

import boto3

from infra.local.kvs.server import KvsServer
from tests.infra.local.kvs.arbitrary_media import START
from tests.infra.local.kvs.conftest import UNCHECKED

if TYPE_CHECKING:
    from mypy_boto3_kinesis_video_archived_media import KinesisVideoArchivedMediaClient


def create(kvs: KvsServer, hours: int = 24) -> str:
    """Create the stream `entrance`; its ARN."""
    control = boto3.client("kinesisvideo", endpoint_url=kvs.url)
    return control.create_stream(StreamName="entrance", DataRetentionInHours=hours)["StreamARN"]


def archive_of(kvs: KvsServer) -> "KinesisVideoArchivedMediaClient":
    return boto3.client("kinesis-video-archived-media", endpoint_url=kvs.url, config=UNCHECKED)


def listed(kvs: KvsServer) -> list[str]:
    pages = (
        archive_of(kvs)
        .get_paginator("list_fragments")
        .paginate(StreamName="entrance", PaginationConfig={"PageSize": 7})
    )
    return [listed_fragment["FragmentNumber"] for page in pages for listed_fragment in page["Fragments"]]


def fragment_list(kvs: KvsServer, *numbers: str) -> Any:
    return archive_of(kvs).get_media_for_fragment_list(StreamName="entrance", Fragments=numbers)


def get_media(kvs: KvsServer, kind: str = "EARLIEST", **more: str) -> Any:
    client = boto3.client("kinesis-video-media", endpoint_url=kvs.url)
    selector: Any = {"StartSelectorType": kind, **more}
    return client.get_media(StreamName="entrance", StartSelector=selector)


def read_until(payload: Any, end: bytes) -> bytes:
    data = b""
    while not data.endswith(end):
        piece = payload.read(1)
        assert piece, data
        data += piece
    return data


def tag(name: str, value: str) -> bytes:
    """Name and value as in the tags of the service."""
    return name.encode() + b"\x44\x87\x10\0\0" + bytes([len(value)]) + value.encode()


def asked(start: float, end: float, interval: int = 200, **more: Any) -> dict[str, Any]:
    """A request of GetImages; times in ms after START."""
    return {
        "StreamName": "entrance",
        "ImageSelectorType": "PRODUCER_TIMESTAMP",
        "StartTimestamp": (START + start) / 1000,
        "EndTimestamp": (START + end) / 1000,
        "SamplingInterval": interval,
        "Format": "JPEG",
        **more,
    }


def images(kvs: KvsServer, request: dict[str, Any]) -> list[str]:
    """IMAGE or the error of each entry of a page."""
    return [image.get("Error", "IMAGE") for image in archive_of(kvs).get_images(**request)["Images"]]
