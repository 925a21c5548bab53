"""GetDataEndpoint: which host serves a stream's data, asked once a day for each stream and API.

An archived-media call on the generic regional host answers 200 with a small error that boto3 reads as an
empty result (kvs-protocol, trap 3), so this call is needed.
"""

import re
import time
from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING, Generic, Literal, TypeVar
from urllib.parse import urlsplit

from botocore.exceptions import ClientError, ConnectionError, HTTPClientError  # noqa: A004 - its name there

from ingest.aws.failures import code_of, member
from ingest.errors import OccupancyError
from ingest.kvs.known_streams import KnownStreams
from ingest.kvs.throttling import (
    ACCOUNT_WAITS,
    ALL_CONNECTIONS,
    STREAM_WAITS,
    THROTTLED,
    waiting_out_throttle,
)

if TYPE_CHECKING:
    from mypy_boto3_kinesisvideo import KinesisVideoClient

Api = Literal["LIST_FRAGMENTS", "GET_MEDIA_FOR_FRAGMENT_LIST", "GET_IMAGES", "GET_MEDIA"]
Answer = TypeVar("Answer")
Client = TypeVar("Client")
"""boto3's client of archived or of live media."""

NOT_FOUND = "ResourceNotFoundException"
INVALID_ARGUMENT = "InvalidArgumentException"
NO_RETENTION = "NoDataRetentionException"
# Codes of an endpoint that no longer serves the stream. They may also be true of the stream itself.
_MAYBE_STALE = frozenset(
    {NOT_FOUND, "NotAuthorizedException", "InvalidEndpointException", "UnrecognizedClientException"}
)
_AWS_HOST = re.compile(r"[\w-]+\.kinesisvideo(-fips)?\.[\w-]+\.(amazonaws\.com(\.cn)?|api\.aws)")
"""Hosts of KVS's data, as GetDataEndpoint gives them."""


class StreamUnavailable(OccupancyError):
    """A stream that cannot be read; `code` is KVS's error code, or the stream's status.

    `operation` is the call that KVS refused, for example `ListFragments`; None if no call was refused.
    """

    def __init__(self, stream_name: str, code: str, why: str, operation: str | None = None) -> None:
        super().__init__(f"stream {stream_name!r} cannot be read: {why}")
        self.stream_name = stream_name
        self.code = code
        self.operation = operation


class DataEndpoints(Generic[Client]):
    """The clients of the hosts that serve our streams' data. Threads may share it."""

    def __init__(
        self,
        kinesisvideo: "KinesisVideoClient",
        connect: Callable[[str], Client],
        sleep: Callable[[float], None] = time.sleep,
        known: KnownStreams | None = None,
    ) -> None:
        self._kinesisvideo = kinesisvideo
        self._connect = connect
        self._sleep = sleep
        self._known = known or KnownStreams()
        self._clients: dict[str, Client] = {}
        self._lock = Lock()

    def call(
        self,
        stream_name: str,
        api: Api,
        request: Callable[[Client], Answer],
        *,
        once: bool = False,
    ) -> Answer:
        """The answer of the stream's host to `request`. If a known host fails, it is looked up again, once.

        Waits while KVS throttles, except with `once`, for a paid call that must not be repeated. Raises
        StreamUnavailable if KVS says why, and botocore's own errors if nothing answers.
        """
        waits = () if once else STREAM_WAITS
        known = self._known_endpoint(stream_name, api) is not None
        try:
            try:
                client = self._client(stream_name, api)
                return waiting_out_throttle(lambda: request(client), waits, self._sleep)
            except (ClientError, ConnectionError, HTTPClientError) as error:
                if isinstance(error, ClientError) and code_of(error) not in _MAYBE_STALE:
                    raise
                self._known.forget(stream_name, api)
                if once or not known:
                    raise
            client = self._client(stream_name, api)
            return waiting_out_throttle(lambda: request(client), waits, self._sleep)
        except ClientError as error:
            raise unavailable(stream_name, error) from None

    def _known_endpoint(self, stream_name: str, api: Api) -> str | None:
        """The known endpoint, if it belongs to KVS: it gets our signed requests with their session token."""
        endpoint = self._known.answer(stream_name, api)
        return endpoint if isinstance(endpoint, str) and self._is_of_kvs(endpoint) else None

    def _is_of_kvs(self, endpoint: str) -> bool:
        ours, known = urlsplit(self._kinesisvideo.meta.endpoint_url), urlsplit(endpoint)
        same_service = known.netloc == ours.netloc or _AWS_HOST.fullmatch(known.netloc) is not None
        return known.scheme == ours.scheme and same_service

    def _client(self, stream_name: str, api: Api) -> Client:
        endpoint = self._known_endpoint(stream_name, api)
        if endpoint is None:
            answer = waiting_out_throttle(
                lambda: self._kinesisvideo.get_data_endpoint(StreamName=stream_name, APIName=api),
                ACCOUNT_WAITS,
                self._sleep,
            )
            endpoint = member(answer, "DataEndpoint")
            self._known.keep(stream_name, api, endpoint)
        with self._lock:  # creating a client is slow, and boto3 sessions are not safe for threads
            if endpoint not in self._clients:
                self._clients[endpoint] = self._connect(endpoint)
            return self._clients[endpoint]


_KEEPS_NONE = "it keeps no video; give it a data retention of at least one hour, or the camera the mode media"
NO_RIGHT = ("NotAuthorizedException", "AccessDeniedException")
_WHY = {
    NOT_FOUND: "it does not exist, or is being deleted; create it or give the camera another stream_name",
    **dict.fromkeys(NO_RIGHT, "the role of the pull lacks the permission to read it"),
    NO_RETENTION: _KEEPS_NONE,
    THROTTLED: "KVS limits its calls, another reader uses up its quota",
    ALL_CONNECTIONS: "other readers use all its connections",
}


def unavailable(stream_name: str, error: ClientError) -> StreamUnavailable:
    """KVS's error about a stream, as a sentence that says what to do."""
    code = code_of(error)
    why = _WHY.get(code) or f"{error.operation_name} was refused ({code})"
    return StreamUnavailable(stream_name, code, why, error.operation_name)


def no_retention(stream_name: str) -> StreamUnavailable:
    """The error when the archive of a stream without retention is read."""
    return StreamUnavailable(stream_name, NO_RETENTION, _KEEPS_NONE)
