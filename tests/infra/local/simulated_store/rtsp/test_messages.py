"""Messages without a connection; test_connection checks them over the wire."""

import asyncio

import pytest

from infra.local.simulated_store.rtsp.messages import (
    InterleavedFrame,
    MalformedMessage,
    RtspRequest,
    RtspResponse,
    next_message,
)

HEAD = b"SETUP rtsp://host/till%20one/trackID=0 RTSP/1.0\r\nCSeq: 7\r\nSession: abc;timeout=60\r\n"


def messages(data: bytes) -> list[RtspRequest | InterleavedFrame]:
    async def read() -> list[RtspRequest | InterleavedFrame]:
        reader = asyncio.StreamReader()
        reader.feed_data(data)
        reader.feed_eof()
        found = []
        while (message := await next_message(reader)) is not None:
            found.append(message)
        return found

    return asyncio.run(read())


def test_requests_and_frames_in_one_connection() -> None:
    request, frame, bodied = messages(
        HEAD + b"\r\n" + b"$\x01\0\x03abc" + b"\r\n" + HEAD + b"Content-Length: 2\r\n\r\nhi"
    )

    assert isinstance(request, RtspRequest)
    assert isinstance(bodied, RtspRequest)
    assert (request.method, request.cseq, request.session, request.body) == ("SETUP", "7", "abc", b"")
    assert request.presentation == "till one"
    assert frame == InterleavedFrame(1, b"abc")
    assert bodied.body == b"hi"


def test_what_breaks_off_is_no_message() -> None:
    assert messages(HEAD) == messages(b"$\0\0\x20half") == messages(b"") == []


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"garbage\r\n\r\n", "Bad Request"),
        (HEAD + b"Content-Length: 70000\r\n\r\n", "Request Entity Too Large"),
    ],
)
def test_what_is_not_rtsp(data: bytes, status: str) -> None:
    with pytest.raises(MalformedMessage, match=status):
        messages(data)


def test_a_response() -> None:
    response = RtspResponse(404, {"Allow": "OPTIONS"}, b"no")
    assert response.encode("7") == (
        b"RTSP/1.0 404 Not Found\r\nCSeq: 7\r\nAllow: OPTIONS\r\nContent-Length: 2\r\n\r\nno"
    )
    assert RtspResponse().encode(None) == b"RTSP/1.0 200 OK\r\n\r\n"
