"""GetImages: the pictures that KVS itself takes from a stream's video, one for each step of a window."""

from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ingest.times import nearest_millis

if TYPE_CHECKING:
    from mypy_boto3_kinesis_video_archived_media import KinesisVideoArchivedMediaClient
    from mypy_boto3_kinesis_video_archived_media.type_defs import GetImagesOutputTypeDef, ImageTypeDef

    from ingest.kvs.endpoints import DataEndpoints

SHORTEST_STEP = timedelta(milliseconds=200)
LONGEST_WINDOW = timedelta(seconds=300)
PAGE = 25
"""Entries in an answer, whatever MaxResults says (kvs-protocol, section 4)."""

JPEG_QUALITY = 95
"""KVS's default is 80. A lower quality here would make counts worse; a base64 image may have 6 MiB."""


@dataclass(frozen=True)
class Window:
    """The sample times `start`, `start + step` ... up to `end`, by producer time.

    KVS reads only the fragments that start in [start, end], so a window must begin no later than the fragment
    with its first picture. `step` is at least 200 ms, the span at most 300 s.
    """

    start: datetime
    end: datetime
    step: timedelta

    @classmethod
    def single(cls, time: datetime) -> "Window":
        """One sample, because each is paid for: the span is less than a step. A fragment starts at `time`."""
        return cls(time, time + SHORTEST_STEP / 2, SHORTEST_STEP)


@dataclass(frozen=True)
class Image:
    """One entry of an answer: a JPEG, or the error in its place (NO_MEDIA, MEDIA_ERROR).

    `time` is KVS's own, in producer time.
    """

    time: datetime
    jpeg: bytes | None = None
    error: str | None = None


class Images:
    """The pictures of the account's streams. Threads may share it."""

    def __init__(self, endpoints: "DataEndpoints[KinesisVideoArchivedMediaClient]") -> None:
        self._endpoints = endpoints

    def get(self, stream_name: str, window: Window, *, once: bool = False) -> Iterator[list[Image]]:
        """The entries of a window, a page at a time; holds one page.

        With `once`, no call is repeated. Raises StreamUnavailable, and botocore's errors if nothing answers.
        """
        request: dict[str, Any] = {
            "StreamName": stream_name,
            "ImageSelectorType": "PRODUCER_TIMESTAMP",
            "StartTimestamp": window.start,
            "EndTimestamp": window.end,
            "SamplingInterval": window.step // timedelta(milliseconds=1),
            "Format": "JPEG",
            "FormatConfig": {"JPEGQuality": str(JPEG_QUALITY)},
            "MaxResults": PAGE,
        }
        while True:
            answer = self._page(stream_name, request, once=once)
            yield [_image(entry) for entry in answer.get("Images", [])]
            if not (token := answer.get("NextToken")):
                return
            request["NextToken"] = token

    def _page(self, stream_name: str, request: dict[str, Any], *, once: bool) -> "GetImagesOutputTypeDef":
        return self._endpoints.call(
            stream_name, "GET_IMAGES", lambda client: client.get_images(**request), once=once
        )


def _image(entry: "ImageTypeDef") -> Image:
    content = entry.get("ImageContent")
    # An entry with neither picture nor error cannot be counted either.
    error = None if content else entry.get("Error", "NO_MEDIA")
    return Image(nearest_millis(entry["TimeStamp"]), b64decode(content) if content else None, error)
