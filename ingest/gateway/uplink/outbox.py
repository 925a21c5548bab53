"""Spool -> KVS: the next fragment of a stream, read from its spool, and the wait for it."""

import asyncio
from contextlib import suppress

from ingest.gateway.spool.entries import SpoolEntry
from ingest.gateway.spool.spool import Damaged, Spool
from ingest.gateway.uplink.connection import Outgoing
from ingest.gateway.uplink.delivery import Delivery
from ingest.gateway.uplink.documents import Document, divide
from ingest.kvs.ebml import InvalidMatroska


class Outbox:
    """What a publisher has to deliver: its spool, and how far the delivery has got."""

    def __init__(self, spool: Spool) -> None:
        self.delivery = Delivery(spool)
        self.stopping = False
        self._spool = spool
        self._changed = asyncio.Event()

    @property
    def is_done(self) -> bool:
        """Whether everything is delivered and nothing more will come."""
        return self.stopping and not len(self._spool)

    def stop(self) -> None:
        """Note that nothing more will be put into the spool."""
        self.stopping = True
        self._changed.set()

    def wake(self) -> None:
        """Note that something was put into the spool, or acknowledged."""
        self._changed.set()

    async def next(self) -> Outgoing | None:
        """The fragment to send now, if there is one. Damaged fragments are dropped on the way."""
        while (fragment := self.delivery.next()) is not None:
            document = await self._read(fragment)
            if document is not None:
                return Outgoing(fragment, document)
        return None

    async def change(self, seconds: float) -> None:
        """Wait until something was put or acknowledged, for `seconds` at most."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        self._changed.clear()

    async def _read(self, fragment: SpoolEntry) -> Document | None:
        try:
            return divide(await asyncio.to_thread(self._spool.read, fragment), fragment.shift_ms)
        except Damaged:  # the spool has dropped it
            return None
        except InvalidMatroska:
            self._spool.drop(fragment, "damaged")
            return None
