"""Lets faults strike a call: before the API handles it, or while its response is sent."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from functools import partial

from aiohttp import web

from infra.local.kvs.faults.transport import FaultyTransport
from infra.local.kvs.service.fault import Fault, FaultKind
from infra.local.kvs.service.fault_registry import FaultRegistry
from infra.local.wire.errors import ServiceError

PEER_POLL_SECONDS = 0.1
"""How often to check whether the peer of a half-open connection is still there."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class InjectedError(ServiceError):
    """The HTTP error of a fault, with any of AWS's names."""

    def __init__(self, fault: Fault) -> None:
        super().__init__("An injected fault.")
        self._name = fault.error or ""
        self.status = fault.http_status

    @property
    def name(self) -> str:
        """The name that the fault gives."""
        return self._name


async def answer_under_faults(
    faults: FaultRegistry, api: str, request: web.Request, answer: Handler
) -> web.StreamResponse:
    """The response of `answer`, unless a fault strikes. Raises InjectedError; ConnectionError for a drop."""
    stream = await named_stream(request)
    aimed = faults.aimed(api, stream, FaultKind.ERROR, FaultKind.DROP, FaultKind.STALL, FaultKind.HALF_OPEN)
    for fault in aimed:
        if fault.strikes_request and faults.strike(fault):
            await strike(fault, request)
    transports = [
        FaultyTransport(request, fault, partial(faults.strike, fault))
        for fault in aimed
        if fault.answer_bytes is not None
    ]
    try:
        response = await answer(request)
        await response.prepare(request)
        await response.write_eof()
        for transport in transports:
            await _released(transport, request)
    finally:
        for transport in reversed(transports):
            transport.detach()
    return response


async def strike(fault: Fault, request: web.Request) -> None:
    """Apply the fault to the connection of `request`. Returns if the connection may continue."""
    if fault.kind is FaultKind.ERROR:
        raise InjectedError(fault)
    if fault.kind is FaultKind.STALL:
        await asyncio.sleep(fault.seconds or 0)
        return
    if fault.kind is FaultKind.HALF_OPEN:
        await _stay_silent(request, reads=fault.reads)
    if request.transport is not None:
        request.transport.abort()
    raise ConnectionResetError("dropped by an injected fault")


async def named_stream(request: web.Request) -> str | None:
    """The name of the stream that the unchecked request gives by name or ARN, or None."""
    name, arn = request.headers.get("x-amzn-stream-name"), request.headers.get("x-amzn-stream-arn")
    if name is None and arn is None and "x-amzn-fragment-timecode-type" not in request.headers:
        try:
            values = json.loads(await request.read())
            name, arn = values.get("StreamName"), values.get("StreamARN")
        except (ValueError, RecursionError, AttributeError):
            return None
    if isinstance(name, str):
        return name
    parts = arn.split("/") if isinstance(arn, str) else []
    return parts[1] if len(parts) > 1 else None


async def _stay_silent(request: web.Request, *, reads: bool) -> None:
    """Wait until the peer is gone. With `reads` false, its body soon fills the socket buffers."""
    if reads:
        async for _ in request.content.iter_any():
            pass
    while request.transport is not None:
        await asyncio.sleep(PEER_POLL_SECONDS)


async def _released(transport: FaultyTransport, request: web.Request) -> None:
    while request.transport is not None and not transport.released.is_set():
        await asyncio.sleep(PEER_POLL_SECONDS)
