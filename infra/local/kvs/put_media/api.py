"""PutMedia: media comes in and acknowledgements go out, on one connection at the same time."""

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

BROKEN = (ConnectionError, web.RequestPayloadError)
"""How aiohttp tells of a body that ended without its terminating chunk."""


async def put_media(service: Service, request: web.Request) -> web.StreamResponse:
    """The API: 200 as soon as the headers are accepted, then acknowledgements as the body flows."""
    check_streamed(service, request)
    stream = _stream(service, request.headers)
    origin = _origin_ms(request.headers)
    limits = service.limits
    with service.producers.one_of(
        stream, limits.connections, replace_oldest=limits.replace_oldest
    ) as connection:
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        response.enable_chunked_encoding()
        session = IngestSession(origin, limits, service.numbers)
        faults = PutMediaFaults(service.faults, stream.name, request)
        conversation = _Conversation(service, stream, session, response, faults)
        try:
            await response.prepare(request)
            await conversation.hold(request, connection)
            await response.write_eof()
        except BROKEN:
            pass  # whoever it was is gone, and the fragment it had begun with it
        return response


class _Conversation:
    """Answers one connection's session; ends it when its time is over or its stream deleted."""

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
        self._started = self._heard = service.clock()

    async def hold(self, request: web.Request, connection: StreamConnection) -> None:
        """Reads the body to its end, to an error, or until nothing may come any more."""
        while not request.content.at_eof():
            data = await _piece(request, self._service.limits.poll_seconds)
            now = self._service.clock()
            if data:
                self._heard = now
            ending = self._ending(now, connection)
            if ending is not None:
                await self._say(ending)
                return
            async for piece in self._faults.pieces(data):
                for event in self._session.feed(piece, self._service.now_ms()):
                    await self._answer(event)
            if self._session.failed:
                return
        for event in self._session.end():
            await self._answer(event)

    def _ending(self, now: float, connection: StreamConnection) -> Mapping[str, Any] | None:
        """What to say last, if the connection may not go on."""
        limits = self._service.limits
        if not self._stream.takes_media:
            return _error(self._session.fail(IngestError.STREAM_NOT_ACTIVE))
        if connection.replaced or now - self._started > limits.connection_seconds:
            return _error(self._session.fail(IngestError.MAX_CONNECTION_DURATION_REACHED))
        if now - self._heard > limits.idle_seconds:
            return {"EventType": "IDLE"}
        return None

    async def _answer(self, event: IngestEvent) -> None:
        if isinstance(event, SessionFailed):
            await self._say(_error(event))
        elif isinstance(event, FragmentStarted):
            self._faults.count()
            await self._say(_fragment("BUFFERING", event.timecode_ms, event.number))
            await self._faults.begun()
        else:
            await self._keep(event)

    async def _keep(self, event: FragmentCompleted) -> None:
        number = event.fragment.number
        error = self._faults.error(persisting=False)
        if error is None:
            await self._say(_fragment("RECEIVED", event.timecode_ms, number))
            if not self._stream.takes_media:
                return
            error = self._faults.error(persisting=True) or self._store(event)
        if error is not None:
            self._session.fail(error)
            await self._say(_error(SessionFailed(error, event.timecode_ms, number)))
        elif self._stream.retention_hours > 0:
            await self._say(_fragment("PERSISTED", event.timecode_ms, number))

    def _store(self, event: FragmentCompleted) -> IngestError | None:
        try:
            self._service.fragments.add(self._stream, event.fragment, event.media, self._service.now_ms())
        except OSError:  # no room left on the disk
            return IngestError.ARCHIVAL_ERROR
        return None

    async def _say(self, ack: Mapping[str, Any]) -> None:
        if self._faults.withheld(ack["EventType"]):
            return
        await self._response.write(json.dumps(ack, separators=(",", ":")).encode() + b"\r\n")


async def _piece(request: web.Request, poll_seconds: float) -> bytes:
    """What has come of the body, or b"" where nothing came for a while. Raises one of BROKEN."""
    try:
        async with asyncio.timeout(poll_seconds):
            return await request.content.readany()
    except TimeoutError:
        return b""


def _stream(service: Service, headers: Mapping[str, str]) -> Stream:
    name, arn = headers.get("x-amzn-stream-name"), headers.get("x-amzn-stream-arn")
    if (name is None) == (arn is None):
        raise InvalidArgumentException("Give one of the headers x-amzn-stream-name and x-amzn-stream-arn.")
    return service.streams.find(name, arn)


def _origin_ms(headers: Mapping[str, str]) -> int:
    """What the fragments' times count from."""
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
        raise InvalidArgumentException("RELATIVE timecodes need the header x-amzn-producer-start-timestamp.")
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
