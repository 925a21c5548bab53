"""GetDataEndpoint: which host serves a stream's data, asked once for each stream and API.

An archived-media call on the generic regional host answers 200 with a small error that boto3 reads as an
empty result (kvs-protocol, trap 3), so this call is needed.
"""

import time
from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING, Generic, Literal, TypeVar

from botocore.exceptions import ClientError, ConnectionError, HTTPClientError  # noqa: A004 - its name there

from ingest.aws.failures import code_of
from ingest.errors import OccupancyError

if TYPE_CHECKING:
    from mypy_boto3_kinesisvideo import KinesisVideoClient

Api = Literal["LIST_FRAGMENTS", "GET_MEDIA_FOR_FRAGMENT_LIST", "GET_IMAGES", "GET_MEDIA"]
Answer = TypeVar("Answer")
Client = TypeVar("Client")
"""boto3's client of archived or of live media."""

NOT_FOUND = "ResourceNotFoundException"
THROTTLED = "ClientLimitExceededException"
ALL_CONNECTIONS = "ConnectionLimitExceededException"
INVALID_ARGUMENT = "InvalidArgumentException"
NO_RETENTION = "NoDataRetentionException"
# Codes of an endpoint that no longer serves the stream. They may also be true of the stream itself.
_MAYBE_STALE = frozenset(
    {NOT_FOUND, "NotAuthorizedException", "InvalidEndpointException", "UnrecognizedClientException"}
)
THROTTLE_WAITS = (0.5, 1.0, 2.0)
"""Seconds. botocore does not know KVS's throttling errors, whose limits are per stream and second."""


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
    ) -> None:
        self._kinesisvideo = kinesisvideo
        self._connect = connect
        self._sleep = sleep
        self._endpoints: dict[tuple[str, Api], str] = {}
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
        """What the stream's host answers to `request`. A known host that fails is looked up again, once.

        Waits while KVS throttles, except with `once`, for a paid call that must not be repeated. Raises
        StreamUnavailable if KVS says why, and botocore's own errors if nothing answers.
        """
        waits = () if once else THROTTLE_WAITS
        known = (stream_name, api) in self._endpoints
        try:
            try:
                return self._waiting_out_throttle(request, self._client(stream_name, api), waits)
            except (ClientError, ConnectionError, HTTPClientError) as error:
                if isinstance(error, ClientError) and code_of(error) not in _MAYBE_STALE:
                    raise
                self._endpoints.pop((stream_name, api), None)
                if once or not known:
                    raise
            return self._waiting_out_throttle(request, self._client(stream_name, api), waits)
        except ClientError as error:
            raise unavailable(stream_name, error) from None

    def _waiting_out_throttle(
        self, request: Callable[[Client], Answer], client: Client, waits: tuple[float, ...]
    ) -> Answer:
        for seconds in waits:
            try:
                return request(client)
            except ClientError as error:
                if code_of(error) not in {THROTTLED, ALL_CONNECTIONS}:
                    raise
                self._sleep(seconds)
        return request(client)

    def _client(self, stream_name: str, api: Api) -> Client:
        endpoint = self._endpoints.get((stream_name, api))
        if endpoint is None:
            answer = self._kinesisvideo.get_data_endpoint(StreamName=stream_name, APIName=api)
            endpoint = self._endpoints[stream_name, api] = answer["DataEndpoint"]
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
    """KVS's error about a stream, as a sentence with the way out."""
    code = code_of(error)
    why = _WHY.get(code) or f"{error.operation_name} was refused ({code})"
    return StreamUnavailable(stream_name, code, why, error.operation_name)


def no_retention(stream_name: str) -> StreamUnavailable:
    """The error for a stream without retention whose archive is to be read."""
    return StreamUnavailable(stream_name, NO_RETENTION, _KEEPS_NONE)
