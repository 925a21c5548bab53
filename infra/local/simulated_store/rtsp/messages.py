"""Parses and writes RTSP messages (RFC 2326, sections 4 to 7 and 10.12)."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

VERSION = "RTSP/1.0"
MAX_BODY = 65_536
TRACK = "trackID=0"
"""The control URL of the stream of a presentation, relative to the presentation."""

REASONS = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    405: "Method Not Allowed",
    413: "Request Entity Too Large",
    451: "Parameter Not Understood",
    454: "Session Not Found",
    455: "Method Not Valid in This State",
    459: "Aggregate Operation Not Allowed",
    461: "Unsupported Transport",
    501: "Not Implemented",
    503: "Service Unavailable",
    505: "RTSP Version Not Supported",
    551: "Option not supported",
}


class RtspError(Exception):
    """The request gets a response with this error status."""

    def __init__(self, status: int, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{status} {REASONS[status]}")
        self.status, self.headers = status, dict(headers or {})


class MalformedMessage(Exception):
    """The bytes are not RTSP, so the following bytes cannot be parsed either."""

    def __init__(self, status: int) -> None:
        super().__init__(REASONS[status])
        self.status = status


@dataclass(frozen=True)
class RtspRequest:
    """A request; header names are in lower case."""

    method: str
    uri: str
    headers: Mapping[str, str]
    body: bytes = b""
    version: str = VERSION

    @property
    def cseq(self) -> str | None:
        """The sequence number, which the response repeats; None if it is missing."""
        return self.headers.get("cseq")

    @property
    def session(self) -> str | None:
        """The session id without its parameters."""
        session = self.headers.get("session")
        return session.partition(";")[0].strip() if session else None

    @property
    def presentation(self) -> str:
        """The name of the presentation, also if the URL is that of its stream."""
        path = unquote(urlsplit(self.uri).path).strip("/")
        return path.removesuffix(f"/{TRACK}")


@dataclass(frozen=True)
class InterleavedFrame:
    """An RTP or RTCP packet between the messages of a connection (section 10.12)."""

    channel: int
    data: bytes


@dataclass(frozen=True)
class RtspResponse:
    """A response without the CSeq of its request."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def encode(self, cseq: str | None) -> bytes:
        """The bytes of the response."""
        headers = ({"CSeq": cseq} if cseq else {}) | dict(self.headers)
        if self.body:
            headers["Content-Length"] = str(len(self.body))
        lines = [f"{VERSION} {self.status} {REASONS[self.status]}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join([*lines, "", ""]).encode() + self.body


async def next_message(reader: asyncio.StreamReader) -> RtspRequest | InterleavedFrame | None:
    """The next message of the client, or None at its end. Raises MalformedMessage."""
    try:
        first = await reader.readexactly(1)
        while first in {b"\r", b"\n"}:  # allowed between messages
            first = await reader.readexactly(1)
        if first == b"$":
            head = await reader.readexactly(3)
            return InterleavedFrame(head[0], await reader.readexactly(int.from_bytes(head[1:], "big")))
        request = _parsed(first + await reader.readuntil(b"\r\n\r\n"))
        return await _with_body(request, reader)
    except asyncio.IncompleteReadError:
        return None
    except asyncio.LimitOverrunError:
        raise MalformedMessage(413) from None


def _parsed(head: bytes) -> RtspRequest:
    """Parse the head of a request. Raises MalformedMessage."""
    try:
        first, *lines = head.decode("utf-8").removesuffix("\r\n\r\n").split("\r\n")
        method, uri, version = first.split(" ")
        pairs = [line.split(":", 1) for line in lines]
        headers = {name.strip().lower(): value.strip() for name, value in pairs}
        urlsplit(uri)
    except ValueError:  # also UnicodeDecodeError
        raise MalformedMessage(400) from None
    if not version.startswith("RTSP/"):
        raise MalformedMessage(400)
    return RtspRequest(method, uri, headers, version=version)


async def _with_body(request: RtspRequest, reader: asyncio.StreamReader) -> RtspRequest:
    length = request.headers.get("content-length", "0")
    if not (length.isascii() and length.isdecimal()):
        raise MalformedMessage(400)
    if int(length) > MAX_BODY:
        raise MalformedMessage(413)
    body = await reader.readexactly(int(length))
    return RtspRequest(request.method, request.uri, request.headers, body, request.version)
