"""GetMedia: the fragments of a stream from a chosen start, each as a document, then live."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from itertools import count

from aiohttp import web

from infra.local.kvs.media import documents
from infra.local.kvs.media.start_selector import Start, StartNotFound, read_start
from infra.local.kvs.service.error_ids import START_NOT_FOUND
from infra.local.kvs.service.fragments import StoredFragment
from infra.local.kvs.service.requests import read_parameters
from infra.local.kvs.service.service import Service
from infra.local.kvs.service.streams import Stream


async def get_media(service: Service, request: web.Request) -> web.StreamResponse:
    """The API. It ends cleanly: without a new fragment, after its maximum time, with a deleted stream."""
    parameters = await read_parameters(service, request)
    stream = service.streams.named_in(parameters)
    start = read_start(parameters.inner("StartSelector"))
    limits = service.limits
    service.media_calls.take(stream, 1, limits.media_calls, service.clock())
    with service.media_readers.hold(
        stream, limits.media_connections, is_open=lambda: request.transport is not None
    ):
        reader = _StreamReader(service, stream, request)
        response = web.StreamResponse(headers={"Content-Type": "video/webm"})
        response.enable_chunked_encoding()
        await response.prepare(request)
        numbers = count(1)
        try:
            async with aclosing(reader.fragments(start)) as fragments:
                async for stored in fragments:
                    error = service.faults.document_error("GetMedia", stream.name, next(numbers))
                    if error is not None:
                        await response.write(documents.error_document(error, stored.fragment.number))
                        break
                    for piece in reader.document(stored):
                        await response.write(piece)
        except StartNotFound:
            await response.write(documents.error_document(START_NOT_FOUND))
        await response.write_eof()
        return response


class _StreamReader:
    """Reads the fragments of a stream for a connection, in the order of their completion."""

    def __init__(self, service: Service, stream: Stream, request: web.Request) -> None:
        self._service = service
        self._stream = stream
        self._request = request
        self._started = self._last_new = service.clock()
        self._has_begun = False
        self._last: str | None = None
        """The number of the last fragment sent, or of the one before the first to be sent."""

    async def fragments(self, start: Start) -> AsyncGenerator[StoredFragment, None]:
        """The stored fragments from `start` on, then each new one. Raises StartNotFound."""
        while not self._over():
            waiting = self._waiting() if self._has_begun else self._begin(start)
            if waiting:
                self._last_new = self._service.clock()
            elif self._service.clock() - self._last_new > self._service.limits.media_idle_seconds:
                return
            else:
                await asyncio.sleep(self._service.limits.poll_seconds)
            for stored in waiting:
                if self._over():
                    return
                self._last = stored.fragment.number
                if self._service.fragments.keeps(self._stream, stored):  # it may have expired meanwhile
                    yield stored

    def document(self, stored: StoredFragment) -> Iterator[bytes]:
        """The document of a fragment, in pieces."""
        newest = next(self._service.fragments.newest_first(self._stream, self._service.now_ms()), stored)
        behind_ms = max(0, newest.fragment.server_ms - stored.fragment.server_ms)
        yield from documents.document(stored.fragment, self._service.fragments.media(self._stream, stored))
        yield documents.position_tags(stored.fragment, behind_ms)

    def _begin(self, start: Start) -> list[StoredFragment]:
        held = self._waiting()
        index = start([stored.fragment for stored in held])
        if index is None:
            return []
        self._has_begun = True
        self._last = held[index - 1].fragment.number if index > 0 else None
        return held[index:]

    def _waiting(self) -> list[StoredFragment]:
        """The fragments completed after the last one sent; all of them if that one is gone."""
        waiting = []
        for stored in self._service.fragments.newest_first(self._stream, self._service.now_ms()):
            if stored.fragment.number == self._last:
                break
            waiting.append(stored)
        return waiting[::-1]

    def _over(self) -> bool:
        return (
            not self._stream.takes_media
            or self._request.transport is None  # the client has left
            or self._service.clock() - self._started > self._service.limits.connection_seconds
        )
