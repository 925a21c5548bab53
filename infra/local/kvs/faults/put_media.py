"""Where faults strike inside a PutMedia connection: at a byte, at a fragment, at an acknowledgement."""

from collections.abc import AsyncIterator

from aiohttp import web

from infra.local.kvs.faults.strikes import strike
from infra.local.kvs.service.error_ids import IngestError
from infra.local.kvs.service.fault import Fault, FaultKind
from infra.local.kvs.service.fault_registry import FaultRegistry

API = "PutMedia"
OF_CONNECTION = (FaultKind.DROP, FaultKind.STALL, FaultKind.HALF_OPEN)


class PutMediaFaults:
    """Those of one connection."""

    def __init__(self, faults: FaultRegistry, stream: str, request: web.Request) -> None:
        self._faults = faults
        self._stream = stream
        self._request = request
        self._bytes = 0
        self._fragment = 0

    async def pieces(self, data: bytes) -> AsyncIterator[bytes]:
        """`data`, cut where a fault strikes. Raises ConnectionError where it drops the connection."""
        for fault in sorted(self._aimed(*OF_CONNECTION), key=lambda fault: fault.body_bytes or 0):
            ahead = (fault.body_bytes or 0) - self._bytes
            if 0 < ahead <= len(data):
                self._bytes += ahead
                yield data[:ahead]
                data = data[ahead:]
                if self._faults.strike(fault):
                    await strike(fault, self._request)
        self._bytes += len(data)
        yield data

    async def begun(self) -> None:
        """The next fragment has begun. Raises ConnectionError where a fault drops the connection."""
        for fault in self._aimed(*OF_CONNECTION):
            if fault.fragment == self._fragment and self._faults.strike(fault):
                await strike(fault, self._request)

    def count(self) -> None:
        """A fragment begins."""
        self._fragment += 1

    def error(self, *, persisting: bool) -> IngestError | None:
        """The error in the place of this fragment's RECEIVED, or of its PERSISTED where `persisting`."""
        for fault in self._aimed(FaultKind.ERROR_ACK):
            error = IngestError(fault.error_id or 0)
            here = fault.fragment in (None, self._fragment)
            if here and (error is IngestError.ARCHIVAL_ERROR) == persisting and self._faults.strike(fault):
                return error
        return None

    def withheld(self, event_type: str) -> bool:
        """Whether this acknowledgement of the present fragment is not sent."""
        return any(
            event_type in fault.acks
            and fault.fragment in (None, self._fragment)
            and self._faults.strike(fault)
            for fault in self._aimed(FaultKind.WITHHOLD)
        )

    def _aimed(self, *kinds: FaultKind) -> list[Fault]:
        return self._faults.aimed(API, self._stream, *kinds)
