"""What an earlier version left in its tables, queues and bucket (`state.json`), put into a local cloud."""

import json
from base64 import b64decode
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
from av.video.frame import VideoFrame

from infra.local.cloud import LocalCloud
from infra.local.rekognition.image import decode
from ingest.jpeg import JpegEncoder
from ingest.times import from_millis, from_text
from tests.chain import Chain, Clock, CountsSquares, every, picture

LIVE_STREAM = "Live_Stream.1"
"""The stream of the camera that is read live, from the fragment after the one that its item names."""
PUBLISHED_EVERY = 5  # s


@dataclass(frozen=True)
class EarlierState:
    """The contents of `state.json`. That version worked from `began` to `ended`.

    `start` is the first of the two quarter hours that have video.
    """

    began: datetime
    ended: datetime
    start: datetime
    published: tuple[tuple[int, int], ...]
    """The minutes after `start` of which there is video, in the order in which it came."""
    live_position: tuple[str, datetime]
    """The fragment that the live camera's item names, and its start."""
    tables: Mapping[str, list[Any]]
    queues: Mapping[str, list[Any]]
    objects: Mapping[str, bytes]

    @property
    def streams(self) -> list[str]:
        """The streams of its cameras."""
        names = (camera.get("StreamName") for camera in self.tables["CameraTable"])
        return [name["S"] for name in names if name]


def read() -> EarlierState:
    """The state in `state.json`."""
    found = json.loads(Path(__file__).with_name("state.json").read_text(encoding="utf-8"))
    after = found["AfterFragment"]
    return EarlierState(
        began=from_text(found["Began"]),
        ended=from_text(found["Ended"]),
        start=from_text(found["Start"]),
        published=tuple((first, last) for first, last in found["Published"]),
        live_position=(after["Number"], from_text(after["Start"])),
        tables=found["Tables"],
        queues=found["Queues"],
        objects={key: b64decode(body) for key, body in found["Objects"].items()},
    )


def publish(state: EarlierState, chain: Chain, clock: Clock) -> None:
    """Publish the video again, for KVS is no part of the stack; the last span when that version has ended."""
    kinesisvideo = boto3.client("kinesisvideo")
    for stream in state.streams:
        kinesisvideo.create_stream(StreamName=stream, MediaType="video/h264", DataRetentionInHours=24)
    clock.now = state.began
    for first, last in state.published:
        if (first, last) == state.published[-1]:
            clock.now = state.ended
        minute = timedelta(minutes=1)
        times = every(PUBLISHED_EVERY, state.start + first * minute, state.start + last * minute)
        for stream in state.streams:
            chain.publish(stream, times)


def put(state: EarlierState, cloud: LocalCloud) -> None:
    """Put the items, the objects and the messages where that version left them; the video must be there."""
    ids, clients = cloud.stack.ids, boto3.Session()
    dynamodb, s3, sqs = clients.client("dynamodb"), clients.client("s3"), clients.client("sqs")
    for table, items in state.tables.items():
        for item in _at_new_position(state, items):
            dynamodb.put_item(TableName=ids[table], Item=item)
    for number, (key, body) in enumerate(state.objects.items()):
        s3.put_object(Bucket=ids["FrameBucket"], Key=key, Body=_drawn_again(body, number))
    for _ in _received(ids["FrameQueue"]):  # the events of the objects that were just put
        pass
    for queue, messages in state.queues.items():
        for message in messages:
            sqs.send_message(
                QueueUrl=ids[queue],
                MessageBody=message["Body"].replace("${FrameBucket}", ids["FrameBucket"]),
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": value}
                    for name, value in message["Attributes"].items()
                },
            )


def _drawn_again(body: bytes, number: int) -> bytes:
    """A frame with the background that the simulated camera has today.

    Without one, as it was drawn then, a picture with few squares shows nothing.
    """
    people = len(CountsSquares().detect(decode(body)))
    image = picture(people, from_millis(number))
    return JpegEncoder().encode(VideoFrame.from_ndarray(image, format="bgr24"))


def _at_new_position(state: EarlierState, items: list[Any]) -> Iterator[Any]:
    """The items; a fragment that was published again has another number."""
    number, start = state.live_position
    for item in deepcopy(items):
        if item.get("AfterFragment") == {"S": number}:
            item["AfterFragment"] = {"S": _fragment_at(start)}
        yield item


def _fragment_at(start: datetime) -> str:
    kinesisvideo = boto3.client("kinesisvideo")
    endpoint = kinesisvideo.get_data_endpoint(StreamName=LIVE_STREAM, APIName="LIST_FRAGMENTS")
    archive = boto3.client("kinesis-video-archived-media", endpoint_url=endpoint["DataEndpoint"])
    pages = archive.get_paginator("list_fragments").paginate(StreamName=LIVE_STREAM)
    (number,) = (
        fragment["FragmentNumber"]
        for page in pages
        for fragment in page["Fragments"]
        if fragment["ProducerTimestamp"] == start
    )
    return number


def _received(queue: str) -> Iterator[Any]:
    """The messages of a queue, each deleted."""
    sqs = boto3.client("sqs")
    while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
            yield message


def bodies(queue: str) -> list[str]:
    """The bodies of the messages of a queue, which are deleted."""
    return [message["Body"] for message in _received(queue)]


def stored(cloud: LocalCloud, table: str) -> dict[tuple[str, str], Any]:
    """The items of a table by camera and time."""
    scan = boto3.client("dynamodb").get_paginator("scan")
    pages = scan.paginate(TableName=cloud.stack.ids[table])
    return by_key(item for page in pages for item in page["Items"])


def by_key(items: Any) -> dict[tuple[str, str], Any]:
    """Items of the occupancy or the quarter-hour table by camera and time."""
    return {
        (item["CameraId"]["S"], item.get("TimeStamp", item.get("QuarterStart"))["S"]): item for item in items
    }
