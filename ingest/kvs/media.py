"""GetMedia: a stream's media as it arrives, for streams without retention.

The connection follows the stream live. KVS ends it without an error when no data comes, and after 40 to 50
minutes (kvs-protocol, section 3). So its end says nothing about the stream; a reader resumes by fragment
number.
"""

from collections.abc import Generator, Iterator
from contextlib import closing
from datetime import datetime
from typing import TYPE_CHECKING

import urllib3

from ingest.kvs.matroska import CutShort, read_fragments
from ingest.kvs.video import Fragment, FragmentError

if TYPE_CHECKING:
    from botocore.response import StreamingBody
    from mypy_boto3_kinesis_video_media import KinesisVideoMediaClient
    from mypy_boto3_kinesis_video_media.type_defs import StartSelectorTypeDef

    from ingest.kvs.endpoints import DataEndpoints


MOST = 256 * 1024
"""Bytes read at a time."""


class Silent(CutShort):
    """Nothing came on the connection within the client's read time-out."""


class Media:
    """The live media of the account's streams. Threads may share it."""

    def __init__(self, endpoints: "DataEndpoints[KinesisVideoMediaClient]") -> None:
        self._endpoints = endpoints

    def read(
        self, stream_name: str, after: str | None = None, since: datetime | None = None
    ) -> Generator[Fragment | FragmentError, None, None]:
        """The fragments as they arrive; closing the generator closes the connection.

        They begin after the fragment with the number `after`, else at the server time `since`, else with the
        oldest that KVS has. Raises StreamUnavailable. After the last fragment that arrived it raises
        InvalidMatroska: Silent, or CutShort if the connection broke.
        """
        selector = _selector(after, since)
        answer = self._endpoints.call(
            stream_name,
            "GET_MEDIA",
            lambda client: client.get_media(StreamName=stream_name, StartSelector=selector),
        )
        with closing(answer["Payload"]) as payload:
            yield from read_fragments(_arriving(payload))


def _selector(after: str | None, since: datetime | None) -> "StartSelectorTypeDef":
    if after is not None:
        return {"StartSelectorType": "FRAGMENT_NUMBER", "AfterFragmentNumber": after}
    if since is not None:
        return {"StartSelectorType": "SERVER_TIMESTAMP", "StartTimestamp": since}
    return {"StartSelectorType": "EARLIEST"}


def _arriving(payload: "StreamingBody") -> Iterator[bytes]:
    # `read(n)` waits for n bytes: a fragment's last tags would wait for the next fragment.
    raw: urllib3.HTTPResponse = payload._raw_stream  # type: ignore[attr-defined]  # botocore has no read1
    try:
        while data := raw.read1(MOST):
            yield data
    except urllib3.exceptions.ReadTimeoutError:
        raise Silent("nothing came any more") from None
    except urllib3.exceptions.HTTPError as error:
        raise CutShort(f"the connection broke ({type(error).__name__})") from None
