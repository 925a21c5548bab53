"""Where faults strike a call: before anybody works on it, or on the way of its answer."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from functools import partial

from aiohttp import web

from infra.local.kvs.faults.transport import FaultyTransport
from infra.local.kvs.service.fault import Fault, FaultKind
from infra.local.kvs.service.fault_registry import FaultRegistry
from infra.local.wire.errors import ServiceError

LOOK_SECONDS = 0.1
"""How often somebody looks whether the peer of a half-open connection is still there."""

Answering = Callable[[web.Request], Awaitable[web.StreamResponse]]


class InjectedError(ServiceError):
    """An HTTP error of a fault, with any of AWS's names."""

    def __init__(self, fault: Fault) -> None:
        super().__init__("A fault that somebody asked for.")
        self._name = fault.error or ""
        self.status = fault.http_status

    @property
    def name(self) -> str:
        """The one that the fault names."""
        return self._name


async def answer_under_faults(
    faults: FaultRegistry, api: str, request: web.Request, answer: Answering
) -> web.StreamResponse:
    """What `answer` gives, if the faults let it. Raises InjectedError; ConnectionError where one drops."""
    stream = await named_stream(request)
    aimed = faults.aimed(api, stream, FaultKind.ERROR, FaultKind.DROP, FaultKind.STALL, FaultKind.HALF_OPEN)
    for fault in aimed:
        if fault.of_request and faults.strike(fault):
            await strike(fault, request)
    wires = [
        FaultyTransport(request, fault, partial(faults.strike, fault))
        for fault in aimed
        if fault.answer_bytes is not None
    ]
    try:
        response = await answer(request)
        await response.prepare(request)
        await response.write_eof()
        for wire in wires:
            await _released(wire, request)
    finally:
        for wire in reversed(wires):
            wire.detach()
    return response


async def strike(fault: Fault, request: web.Request) -> None:
    """Does to the connection of `request` what the fault says; a return means that it goes on."""
    if fault.kind is FaultKind.ERROR:
        raise InjectedError(fault)
    if fault.kind is FaultKind.STALL:
        await asyncio.sleep(fault.seconds or 0)
        return
    if fault.kind is FaultKind.HALF_OPEN:
        await _say_nothing(request, reads=fault.reads)
    if request.transport is not None:
        request.transport.abort()
    raise ConnectionResetError(f"dropped by the fault {fault.kind}")


async def named_stream(request: web.Request) -> str | None:
    """The name of the stream that the call is about, as far as one can tell before it is checked."""
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


async def _say_nothing(request: web.Request, *, reads: bool) -> None:
    """Until the peer is gone, as far as one can see. Unread, a body soon fills what buffers there are."""
    if reads:
        async for _ in request.content.iter_any():
            pass
    while request.transport is not None:
        await asyncio.sleep(LOOK_SECONDS)


async def _released(wire: FaultyTransport, request: web.Request) -> None:
    while request.transport is not None and not wire.released.is_set():
        await asyncio.sleep(LOOK_SECONDS)
