"""ListFragments and GetMediaForFragmentList: which fragments a stream has, and the media of chosen ones."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from botocore.exceptions import HTTPClientError, IncompleteReadError

from ingest.kvs.matroska import CutShort, read_fragments
from ingest.kvs.video import Fragment, FragmentError, ListedFragment
from ingest.times import from_millis, nearest_millis

if TYPE_CHECKING:
    from botocore.response import StreamingBody
    from mypy_boto3_kinesis_video_archived_media import KinesisVideoArchivedMediaClient
    from mypy_boto3_kinesis_video_archived_media.type_defs import FragmentTypeDef

    from ingest.kvs.endpoints import DataEndpoints

Clock = Literal["PRODUCER_TIMESTAMP", "SERVER_TIMESTAMP"]

_PAGE = 1000
_CHUNK = 256 * 1024


class Archive:
    """The archived media of the account's streams. Threads may share it."""

    def __init__(self, endpoints: "DataEndpoints[KinesisVideoArchivedMediaClient]") -> None:
        self._endpoints = endpoints

    def list(self, stream_name: str, clock: Clock, start: datetime, end: datetime) -> list[ListedFragment]:
        """The fragments that start in [start, end] by `clock`, in no order. Raises StreamUnavailable."""
        return self._endpoints.call(
            stream_name,
            "LIST_FRAGMENTS",
            # All pages in one call: a token is invalid at another endpoint.
            lambda client: [_listed(found) for found in _pages(client, stream_name, (clock, start, end))],
        )

    def media(
        self, stream_name: str, numbers: Sequence[str]
    ) -> Generator[Fragment | FragmentError, None, None]:
        """The media of up to 1,000 fragments, as it arrives; closing the generator closes the connection.

        Raises StreamUnavailable. Raises InvalidMatroska (CutShort if the connection broke) after the last
        fragment that arrived.
        """
        answer = self._endpoints.call(
            stream_name,
            "GET_MEDIA_FOR_FRAGMENT_LIST",
            lambda client: client.get_media_for_fragment_list(
                StreamName=stream_name, Fragments=list(numbers)
            ),
        )
        with closing(answer["Payload"]) as payload:
            yield from read_fragments(_chunks(payload))


def _pages(
    client: "KinesisVideoArchivedMediaClient", stream_name: str, span: tuple[Clock, datetime, datetime]
) -> "Iterator[FragmentTypeDef]":
    clock, start, end = span
    request: dict[str, Any] = {
        "StreamName": stream_name,
        "MaxResults": _PAGE,
        "FragmentSelector": {
            "FragmentSelectorType": clock,
            "TimestampRange": {"StartTimestamp": start, "EndTimestamp": end},
        },
    }
    while True:
        answer = client.list_fragments(**request)
        yield from answer.get("Fragments", [])
        if not (token := answer.get("NextToken")):
            return
        request["NextToken"] = token


def _listed(fragment: "FragmentTypeDef") -> ListedFragment:
    return ListedFragment(
        number=fragment["FragmentNumber"],
        start=nearest_millis(fragment["ProducerTimestamp"]),
        server_time=nearest_millis(fragment["ServerTimestamp"]),
        length=from_millis(fragment["FragmentLengthInMilliseconds"]) - from_millis(0),
        size=fragment["FragmentSizeInBytes"],
    )


def _chunks(payload: "StreamingBody") -> Iterator[bytes]:
    try:
        yield from payload.iter_chunks(_CHUNK)
    except (HTTPClientError, IncompleteReadError) as error:
        raise CutShort(f"the connection broke ({type(error).__name__})") from None
