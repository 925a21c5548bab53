"""GetMedia: a stream's media as it comes, for streams that keep none.

The connection follows the stream live. KVS ends it without a word when no data comes, and after 40 to 50
minutes (kvs-protocol, section 3), so its end says nothing: whoever reads on resumes by fragment number.
"""

from collections.abc import Generator
from contextlib import closing
from typing import TYPE_CHECKING

from ingest.kvs.fragments import chunks
from ingest.kvs.matroska import Fragment, FragmentError, read_fragments

if TYPE_CHECKING:
    from mypy_boto3_kinesis_video_media import KinesisVideoMediaClient
    from mypy_boto3_kinesis_video_media.type_defs import StartSelectorTypeDef

    from ingest.kvs.endpoints import DataEndpoints


class Media:
    """The live media of the account's streams. May be shared by threads."""

    def __init__(self, endpoints: "DataEndpoints[KinesisVideoMediaClient]") -> None:
        self._endpoints = endpoints

    def read(
        self, stream_name: str, after: str | None = None
    ) -> Generator[Fragment | FragmentError, None, None]:
        """The fragments after the one of that number, or from the oldest that KVS has; closed, it hangs up.

        Raises StreamUnavailable; InvalidMatroska after the last fragment that came (CutShort where the
        connection broke, or was silent for the client's read time-out).
        """
        selector: StartSelectorTypeDef = {"StartSelectorType": "EARLIEST"}
        if after is not None:
            selector = {"StartSelectorType": "FRAGMENT_NUMBER", "AfterFragmentNumber": after}
        answer = self._endpoints.call(
            stream_name,
            "GET_MEDIA",
            lambda client: client.get_media(StreamName=stream_name, StartSelector=selector),
        )
        with closing(answer["Payload"]) as payload:
            yield from read_fragments(chunks(payload))
