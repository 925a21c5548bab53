"""The wire between an answer and its reader, which breaks or sticks after some bytes."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any, cast

from aiohttp import web

from infra.local.kvs.service.fault import Fault, FaultKind


class FaultyTransport:
    """A connection's transport for the time of one answer. `strikes` says whether this occasion is struck.

    Raises ConnectionError where the peer is gone already.
    """

    def __init__(self, request: web.Request, fault: Fault, strikes: Callable[[], bool]) -> None:
        if request.transport is None:
            raise ConnectionResetError("the peer is gone")
        self._wire = request.transport
        self._protocol = request.protocol
        self._fault = fault
        self._strikes = strikes
        self._left = fault.answer_bytes or 0
        self._passed = False
        """The place is behind, and nothing is held any more."""
        self._held: bytearray | None = None
        self.released = asyncio.Event()
        self.released.set()
        self._protocol.transport = cast("asyncio.Transport", self)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._wire, name)

    def write(self, data: bytes) -> None:
        """Sends what comes before the place of the fault; then it strikes."""
        if self._passed:
            self._wire.write(data)
        elif self._held is not None:
            self._hold(data)
        elif len(data) < self._left:
            self._left -= len(data)
            self._wire.write(data)
        else:
            self._wire.write(data[: self._left])
            self._strike(data[self._left :])

    def writelines(self, pieces: Iterable[bytes]) -> None:
        """As `write`."""
        self.write(b"".join(pieces))

    def resume_reading(self) -> None:
        """Unless the connection is half-open and takes nothing any more."""
        if self._held is None or self._fault.reads:
            self._wire.resume_reading()

    def detach(self) -> None:
        """The next answer on this connection meets the wire as it was."""
        if self._protocol.transport is not None:
            self._protocol.transport = self._wire

    def _strike(self, rest: bytes) -> None:
        if not self._strikes():
            self._passed = True
            self._wire.write(rest)
        elif self._fault.kind is FaultKind.DROP:
            self._wire.close()  # after what is on its way
        else:
            self._held = bytearray()
            self.released.clear()
            self._hold(rest)
            if self._fault.seconds is not None:
                asyncio.get_running_loop().call_later(self._fault.seconds, self._release)
            elif not self._fault.reads:
                self._wire.pause_reading()

    def _hold(self, data: bytes) -> None:
        # Whoever writes waits meanwhile: memory is bounded by what the wire would have taken at once.
        if self._held is not None:
            self._held += data
        if not self._protocol.writing_paused:
            self._protocol.pause_writing()

    def _release(self) -> None:
        if self._protocol.writing_paused:
            self._protocol.resume_writing()
        held, self._held, self._passed = self._held, None, True
        if held and not self._wire.is_closing():
            self._wire.write(bytes(held))
        self.released.set()
