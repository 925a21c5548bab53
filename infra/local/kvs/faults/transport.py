"""A transport for a response that breaks or stalls after some bytes."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any, cast

from aiohttp import web

from infra.local.kvs.service.fault import Fault, FaultKind


class FaultyTransport:
    """Replaces the transport of a connection during one response. `strikes` tells whether the fault strikes.

    Raises ConnectionError if the peer is already gone.
    """

    def __init__(self, request: web.Request, fault: Fault, strikes: Callable[[], bool]) -> None:
        if request.transport is None:
            raise ConnectionResetError("the peer is gone")
        self._transport = request.transport
        self._protocol = request.protocol
        self._fault = fault
        self._strikes = strikes
        self._left = fault.answer_bytes or 0
        self._passed = False
        """Whether the place of the fault has passed and nothing is held back."""
        self._held: bytearray | None = None
        self.released = asyncio.Event()
        self.released.set()
        self._protocol.transport = cast("asyncio.Transport", self)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Send the bytes before the place of the fault; there it strikes."""
        if self._passed:
            self._transport.write(data)
        elif self._held is not None:
            self._hold(data)
        elif len(data) < self._left:
            self._left -= len(data)
            self._transport.write(data)
        else:
            self._transport.write(data[: self._left])
            self._strike(data[self._left :])

    def writelines(self, pieces: Iterable[bytes]) -> None:
        """As `write`, for several pieces."""
        self.write(b"".join(pieces))

    def resume_reading(self) -> None:
        """Resume, unless the connection is half-open and no longer reads."""
        if self._held is None or self._fault.reads:
            self._transport.resume_reading()

    def detach(self) -> None:
        """Give the connection its own transport back for the next response."""
        if self._protocol.transport is not None:
            self._protocol.transport = self._transport

    def _strike(self, rest: bytes) -> None:
        if not self._strikes():
            self._passed = True
            self._transport.write(rest)
        elif self._fault.kind is FaultKind.DROP:
            self._transport.close()  # after the bytes already written
        else:
            self._held = bytearray()
            self.released.clear()
            self._hold(rest)
            if self._fault.seconds is not None:
                asyncio.get_running_loop().call_later(self._fault.seconds, self._release)
            elif not self._fault.reads:
                self._transport.pause_reading()

    def _hold(self, data: bytes) -> None:
        # The writer is paused meanwhile: memory is bounded by what the transport would have accepted at once.
        if self._held is not None:
            self._held += data
        if not self._protocol.writing_paused:
            self._protocol.pause_writing()

    def _release(self) -> None:
        if self._protocol.writing_paused:
            self._protocol.resume_writing()
        held, self._held, self._passed = self._held, None, True
        if held and not self._transport.is_closing():
            self._transport.write(bytes(held))
        self.released.set()
