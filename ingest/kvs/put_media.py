"""PutMedia: media out, acknowledgements in, on one connection at the same time.

boto3 has no PutMedia, and `requests` and `httpx` give the response only after the whole body was sent;
aiohttp gives it at once. A connection carries one header, lives at most 45 minutes, and ends with the first
ERROR.
"""

import hashlib
import json
import re
from collections.abc import AsyncGenerator, AsyncIterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import aiohttp
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials

from ingest.errors import OccupancyError
from ingest.times import to_millis

EMPTY_HASH = hashlib.sha256(b"").hexdigest()
MAX_WAITING = 1024 * 1024
"""An acknowledgement has at most 1,024 characters: a megabyte without an end cannot be one."""


class PutMediaRefused(OccupancyError):
    """The service answered with an error instead of acknowledgements; the class is named as AWS names it."""

    def __init__(self, sentence: str, status: int) -> None:
        super().__init__(sentence)
        self.status = status


class ResourceNotFound(PutMediaRefused):
    """No such stream."""


class NotAuthorized(PutMediaRefused):
    """The credentials may not write to this stream, or the signature does not match."""


class InvalidArgument(PutMediaRefused):
    """A header that the service does not accept."""


class InvalidEndpoint(PutMediaRefused):
    """The stream has another endpoint: ask GetDataEndpoint again."""


class ClientLimitExceeded(PutMediaRefused):
    """Too many calls a second: wait and try again."""


class ConnectionLimitExceeded(PutMediaRefused):
    """The stream has reached its limit of PutMedia connections: end one first."""


class InvalidAcknowledgement(OccupancyError, ValueError):
    """The response is not what PutMedia answers."""


TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=5)
"""A connection lives 45 minutes; aiohttp's default would end it after 5."""

REFUSALS: dict[str, type[PutMediaRefused]] = {
    "ResourceNotFoundException": ResourceNotFound,
    "NotAuthorizedException": NotAuthorized,
    "AccessDeniedException": NotAuthorized,
    "InvalidSignatureException": NotAuthorized,
    "UnrecognizedClientException": NotAuthorized,
    "ExpiredTokenException": NotAuthorized,
    "InvalidArgumentException": InvalidArgument,
    "InvalidEndpointException": InvalidEndpoint,
    "ClientLimitExceededException": ClientLimitExceeded,
    "ConnectionLimitExceededException": ConnectionLimitExceeded,
}
_ERROR_NAME = re.compile(r"[A-Za-z]\w{0,99}")
_NOT_KVS = "what answers PutMedia is not an acknowledgement: is there a proxy in between?"
BY_STATUS = {401: NotAuthorized, 403: NotAuthorized, 404: ResourceNotFound}


@dataclass(frozen=True)
class Ack:
    """What the service says of one fragment: BUFFERING, RECEIVED, PERSISTED or ERROR; or IDLE for all.

    `fragment_timecode` is the cluster's timecode in ms as it was sent; `fragment_number` has 47 digits. ERROR
    and IDLE may come without both. Unknown keys of the service are ignored.
    """

    event_type: str
    fragment_timecode: int | None = None
    fragment_number: str | None = None
    error_id: int | None = None
    error_code: str | None = None


@dataclass(frozen=True)
class PutMediaTarget:
    """Where the media goes, and the meaning of its times.

    `endpoint` is GetDataEndpoint's answer for PUT_MEDIA. `producer_start` is needed for RELATIVE.
    """

    endpoint: str
    stream_name: str
    region: str
    credentials: ReadOnlyCredentials
    timecode_type: str = "ABSOLUTE"
    producer_start: datetime | None = None


async def put_media(
    session: aiohttp.ClientSession, target: PutMediaTarget, body: AsyncIterable[bytes | memoryview]
) -> AsyncGenerator[Ack, None]:
    """Send `body` chunk by chunk and yield each acknowledgement as it comes.

    Ends when the service ends its response: after the last fragment once `body` has ended, after an ERROR or
    IDLE even though `body` would go on (it is cancelled then). Raises PutMediaRefused, InvalidAcknowledgement
    and aiohttp.ClientError. The caller limits the silence between two acknowledgements.
    """
    url = target.endpoint.rstrip("/") + "/putMedia"
    headers = signed_headers(url, target)
    async with session.post(url, data=body, headers=headers, timeout=TIMEOUT) as response:
        if response.status != 200:
            raise refusal(response.status, response.headers)
        parser = AckParser()
        async for data in response.content.iter_any():
            for ack in parser.feed(data):
                yield ack


def signed_headers(url: str, target: PutMediaTarget) -> dict[str, str]:
    """The request's headers with the signature, which covers host, date, token, x-amzn headers, no body."""
    headers = {
        "x-amzn-stream-name": target.stream_name,
        "x-amzn-fragment-timecode-type": target.timecode_type,
        "x-amzn-fragment-acknowledgment-required": "1",
    }
    if target.producer_start is not None:
        headers["x-amzn-producer-start-timestamp"] = f"{to_millis(target.producer_start) / 1000:.3f}"
    request = AWSRequest("POST", url, headers=headers, data=b"")
    SigV4Auth(target.credentials, "kinesisvideo", target.region).add_auth(request)
    return {**request.headers, "Content-Type": "application/json"}


def refusal(status: int, headers: Any) -> PutMediaRefused:
    """The exception for an HTTP error, with only AWS's name for it: the message can quote the token."""
    name = (headers.get("x-amzn-ErrorType") or headers.get("x-amz-ErrorType") or "").partition(":")[0]
    name = name if _ERROR_NAME.fullmatch(name) else ""
    kind = REFUSALS.get(name) or BY_STATUS.get(status, PutMediaRefused)
    return kind(f"PutMedia was refused with {name or 'HTTP'} {status}", status)


class AckParser:
    """Bytes of the response in, acknowledgements out: JSON objects, split and spaced in any way."""

    def __init__(self) -> None:
        self._waiting = ""
        self._decoder = json.JSONDecoder()

    def feed(self, data: bytes) -> Iterator[Ack]:
        """The acknowledgements that `data` completes. Raises InvalidAcknowledgement."""
        text = self._waiting + data.decode("ascii", errors="replace")  # AWS's names and digits are ASCII
        while text := text.lstrip():
            if text[0] != "{" or len(text) > MAX_WAITING:
                raise InvalidAcknowledgement(_NOT_KVS)
            try:
                value, end = self._decoder.raw_decode(text)
            except json.JSONDecodeError:
                break  # the rest comes later
            text = text[end:]
            yield _ack(value)
        self._waiting = text


def _ack(value: dict[str, Any]) -> Ack:
    timecode, error_id = value.get("FragmentTimecode"), value.get("ErrorId")
    try:
        return Ack(
            event_type=str(value["EventType"]),
            fragment_timecode=None if timecode is None else int(timecode),
            fragment_number=value.get("FragmentNumber"),
            error_id=None if error_id is None else int(error_id),
            error_code=value.get("ErrorCode"),
        )
    except (KeyError, TypeError, ValueError):
        raise InvalidAcknowledgement(_NOT_KVS) from None
