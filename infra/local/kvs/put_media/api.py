"""PutMedia: receives media and sends acknowledgements at the same time on a connection."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from infra.local.kvs.faults.put_media import PutMediaFaults
from infra.local.kvs.put_media.session import (
    FragmentCompleted,
    FragmentStarted,
    IngestEvent,
    IngestSession,
    SessionFailed,
)
from infra.local.kvs.put_media.start_timestamp import start_ms
from infra.local.kvs.service.connections import StreamConnection
from infra.local.kvs.service.error_ids import IngestError
from infra.local.kvs.service.errors import InvalidArgumentException
from infra.local.kvs.service.requests import check_streamed
from infra.local.kvs.service.service import Service
from infra.local.kvs.service.streams import Stream

BROKEN_BODY = (ConnectionError, web.RequestPayloadError)
"""What aiohttp raises for a body that ends without its terminating chunk."""


async def put_media(service: Service, request: web.Request) -> web.StreamResponse:
    """The API: 200 as soon as the headers are accepted, then acknowledgements while the body arrives."""
    check_streamed(service, request)
    stream = _stream(service, request.headers)
    origin = _origin_ms(request.headers)
    limits = service.limits
    with service.producers.hold(
        stream, limits.connections, replace_oldest=limits.replace_oldest
    ) as connection:
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        response.enable_chunked_encoding()
        session = IngestSession(origin, limits, service.numbers)
        faults = PutMediaFaults(service.faults, stream.name, request)
        put_media_connection = _PutMediaConnection(service, stream, session, response, faults)
        try:
            await response.prepare(request)
            await put_media_connection.receive(request, connection)
            await response.write_eof()
        except BROKEN_BODY:
            pass  # the producer is gone; its incomplete fragment is dropped
        return response


class _PutMediaConnection:
    """Sends the acknowledgements of a session; ends it after its maximum time or with its stream."""

    def __init__(
        self,
        service: Service,
        stream: Stream,
        session: IngestSession,
        response: web.StreamResponse,
        faults: PutMediaFaults,
    ) -> None:
        self._service = service
        self._stream = stream
        self._session = session
        self._response = response
        self._faults = faults
        self._started = self._last_data = service.clock()

    async def receive(self, request: web.Request, connection: StreamConnection) -> None:
        """Read the body to its end, to an error, or until the connection must end."""
        while not request.content.at_eof():
            data = await _piece(request, self._service.limits.poll_seconds)
            now = self._service.clock()
            if data:
                self._last_data = now
            ending = self._ending(now, connection)
            if ending is not None:
                await self._send(ending)
                return
            async for piece in self._faults.pieces(data):
                for event in self._session.feed(piece, self._service.now_ms()):
                    await self._handle(event)
            if self._session.failed:
                return
        for event in self._session.end():
            await self._handle(event)

    def _ending(self, now: float, connection: StreamConnection) -> Mapping[str, Any] | None:
        """The last acknowledgement if the connection must end, else None."""
        limits = self._service.limits
        if not self._stream.takes_media:
            return _error(self._session.fail(IngestError.STREAM_NOT_ACTIVE))
        if connection.replaced or now - self._started > limits.connection_seconds:
            return _error(self._session.fail(IngestError.MAX_CONNECTION_DURATION_REACHED))
        if now - self._last_data > limits.idle_seconds:
            return {"EventType": "IDLE"}
        return None

    async def _handle(self, event: IngestEvent) -> None:
        if isinstance(event, SessionFailed):
            await self._send(_error(event))
        elif isinstance(event, FragmentStarted):
            self._faults.count_fragment()
            await self._send(_fragment("BUFFERING", event.timecode_ms, event.number))
            await self._faults.fragment_started()
        else:
            await self._complete(event)

    async def _complete(self, event: FragmentCompleted) -> None:
        number = event.fragment.number
        error = self._faults.error(persisting=False)
        if error is None:
            await self._send(_fragment("RECEIVED", event.timecode_ms, number))
            if not self._stream.takes_media:
                return
            error = self._faults.error(persisting=True) or self._store(event)
        if error is not None:
            self._session.fail(error)
            await self._send(_error(SessionFailed(error, event.timecode_ms, number)))
        elif self._stream.retention_hours > 0:
            await self._send(_fragment("PERSISTED", event.timecode_ms, number))

    def _store(self, event: FragmentCompleted) -> IngestError | None:
        try:
            self._service.fragments.add(self._stream, event.fragment, event.media, self._service.now_ms())
        except OSError:  # the disk is full
            return IngestError.ARCHIVAL_ERROR
        return None

    async def _send(self, ack: Mapping[str, Any]) -> None:
        if self._faults.withheld(ack["EventType"]):
            return
        await self._response.write(json.dumps(ack, separators=(",", ":")).encode() + b"\r\n")


async def _piece(request: web.Request, poll_seconds: float) -> bytes:
    """The next bytes of the body, or b"" if none arrive for `poll_seconds`. Raises one of BROKEN_BODY."""
    try:
        async with asyncio.timeout(poll_seconds):
            return await request.content.readany()
    except TimeoutError:
        return b""


def _stream(service: Service, headers: Mapping[str, str]) -> Stream:
    name, arn = headers.get("x-amzn-stream-name"), headers.get("x-amzn-stream-arn")
    if (name is None) == (arn is None):
        raise InvalidArgumentException("Give either the header x-amzn-stream-name or x-amzn-stream-arn.")
    return service.streams.find(name, arn)


def _origin_ms(headers: Mapping[str, str]) -> int:
    """The origin of the fragment timecodes, in epoch milliseconds."""
    kind = headers.get("x-amzn-fragment-timecode-type")
    start = headers.get("x-amzn-producer-start-timestamp")
    if kind not in ("ABSOLUTE", "RELATIVE"):
        raise InvalidArgumentException(
            f"x-amzn-fragment-timecode-type is {kind!r}: it must be ABSOLUTE or RELATIVE."
        )
    origin = None if start is None else start_ms(start)
    if kind == "ABSOLUTE":
        return 0
    if origin is None:
        raise InvalidArgumentException(
            "RELATIVE timecodes require the header x-amzn-producer-start-timestamp."
        )
    return origin


def _fragment(event_type: str, timecode_ms: int, number: str) -> dict[str, Any]:
    return {"EventType": event_type, "FragmentTimecode": timecode_ms, "FragmentNumber": number}


def _error(failed: SessionFailed) -> dict[str, Any]:
    ack: dict[str, Any] = {"EventType": "ERROR"}
    if failed.timecode_ms is not None:
        ack["FragmentTimecode"] = failed.timecode_ms
    if failed.number is not None:
        ack["FragmentNumber"] = failed.number
    return {**ack, "ErrorCode": failed.error.name, "ErrorId": int(failed.error)}
