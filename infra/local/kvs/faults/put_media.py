"""Lets faults strike in a PutMedia connection: at a byte, a fragment or an acknowledgement."""

from collections.abc import AsyncIterator

from aiohttp import web

from infra.local.kvs.faults.strikes import strike
from infra.local.kvs.service.error_ids import IngestError
from infra.local.kvs.service.fault import Fault, FaultKind
from infra.local.kvs.service.fault_registry import FaultRegistry

API = "PutMedia"
CONNECTION_FAULTS = (FaultKind.DROP, FaultKind.STALL, FaultKind.HALF_OPEN)


class PutMediaFaults:
    """The faults of one connection."""

    def __init__(self, faults: FaultRegistry, stream: str, request: web.Request) -> None:
        self._faults = faults
        self._stream = stream
        self._request = request
        self._bytes = 0
        self._fragment = 0

    async def pieces(self, data: bytes) -> AsyncIterator[bytes]:
        """`data`, split where a fault strikes. Raises ConnectionError if the fault drops the connection."""
        for fault in sorted(self._aimed(*CONNECTION_FAULTS), key=lambda fault: fault.body_bytes or 0):
            until_fault = (fault.body_bytes or 0) - self._bytes
            if 0 < until_fault <= len(data):
                self._bytes += until_fault
                yield data[:until_fault]
                data = data[until_fault:]
                if self._faults.strike(fault):
                    await strike(fault, self._request)
        self._bytes += len(data)
        yield data

    async def fragment_started(self) -> None:
        """BUFFERING is sent for the current fragment. Raises ConnectionError if a fault drops it."""
        for fault in self._aimed(*CONNECTION_FAULTS):
            if fault.fragment == self._fragment and self._faults.strike(fault):
                await strike(fault, self._request)

    def count_fragment(self) -> None:
        """A fragment starts."""
        self._fragment += 1

    def error(self, *, persisting: bool) -> IngestError | None:
        """The error instead of the RECEIVED of this fragment; with `persisting`, instead of its PERSISTED."""
        for fault in self._aimed(FaultKind.ERROR_ACK):
            error = IngestError(fault.error_id or 0)
            here = fault.fragment in (None, self._fragment)
            if here and (error is IngestError.ARCHIVAL_ERROR) == persisting and self._faults.strike(fault):
                return error
        return None

    def withheld(self, event_type: str) -> bool:
        """Whether a fault suppresses this acknowledgement of the current fragment."""
        return any(
            event_type in fault.acks
            and fault.fragment in (None, self._fragment)
            and self._faults.strike(fault)
            for fault in self._aimed(FaultKind.WITHHOLD)
        )

    def _aimed(self, *kinds: FaultKind) -> list[Fault]:
        return self._faults.aimed(API, self._stream, *kinds)
