import base64
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from infra.local.kvs.server import KvsServer
from tests.infra.local.kvs.film import film, put_body
from tests.infra.local.kvs.media import START

if TYPE_CHECKING:
    from mypy_boto3_kinesis_video_archived_media import KinesisVideoArchivedMediaClient

FOUR_SECONDS = cache(lambda: film(4))
"""20 frames, 200 ms apart, in four fragments."""


def at(millis: float) -> datetime:
    return datetime.fromtimestamp((START + millis) / 1000, UTC)


def asked(start: float, end: float, interval: int | None = 200, **more: Any) -> Any:
    """A request for JPEGs from `start` to `end` milliseconds after START."""
    return {
        "StreamName": "entrance",
        "ImageSelectorType": "PRODUCER_TIMESTAMP",
        "StartTimestamp": at(start),
        "EndTimestamp": at(end),
        "Format": "JPEG",
        **({} if interval is None else {"SamplingInterval": interval}),
        **more,
    }


def content(image: Any) -> bytes | str:
    """The image, or the error that stands for it."""
    return base64.b64decode(image["ImageContent"]) if "ImageContent" in image else str(image["Error"])


def outcomes(client: "KinesisVideoArchivedMediaClient", request: Any) -> list[str]:
    """IMAGE or the error of each entry."""
    images = client.get_images(**request)["Images"]
    return [one.get("Error", "IMAGE") for one in images]


def test_each_image_is_what_a_straight_decode_of_the_video_gives(
    kvs: KvsServer, archive: "KinesisVideoArchivedMediaClient"
) -> None:
    shot = FOUR_SECONDS()
    put_body(kvs.url, shot.body(START))

    images = archive.get_images(**asked(0, 3800))["Images"]

    times = range(0, 4000, 200)
    assert [one["TimeStamp"] for one in images] == [at(time) for time in times]
    assert [content(one) for one in images] == [shot.jpeg(time) for time in times]
    assert len({content(one) for one in images}) == 20
