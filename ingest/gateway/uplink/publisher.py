"""Spool -> KVS: one stream's fragments over PutMedia, one connection at a time, until they are kept there.

KVS takes one connection of a stream, so a connection is closed before the next one is opened. It is closed
when it gets old, when newer credentials are there, where the track changes or a fragment begins before the
end of the last one, and when nothing more has come for a while. Each fragment is ended by its own tag: KVS
then acknowledges it at once, and a break never leaves half of one there.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress
from dataclasses import dataclass, field

import aiohttp
from botocore.exceptions import BotoCoreError, ClientError

from ingest.errors import OccupancyError
from ingest.gateway.spool.entries import SpoolEntry
from ingest.gateway.spool.spool import Damaged, Spool
from ingest.gateway.timing.backoff import Backoff, Ready, Recovery, Timings, at_once
from ingest.gateway.timing.clock import Clock
from ingest.gateway.timing.rate import FRAGMENTS_A_SECOND, Rate
from ingest.gateway.uplink.connection_errors import Cut, Refused, Silence, why
from ingest.gateway.uplink.delivery import Delivery
from ingest.gateway.uplink.destination import Destination, Place
from ingest.gateway.uplink.documents import Document, divide
from ingest.kvs import mkv
from ingest.kvs.ebml import InvalidMatroska
from ingest.kvs.put_media import Ack, put_media

PIECE = 256 * 1024
POLL = 1.0
"""Seconds between two looks at whether a connection is still good."""


FAILURES = (OccupancyError, aiohttp.ClientError, ClientError, BotoCoreError, TimeoutError, OSError)


@dataclass
class PublisherDependencies:
    """What the publishers of a gateway share."""

    destination: Destination
    session: aiohttp.ClientSession
    rate: Rate
    """Bytes of all streams together."""
    clock: Clock
    timings: Timings = field(default_factory=Timings)
    ready: Ready = at_once
    recovery: Recovery = field(default_factory=Recovery)


@dataclass
class _Connection:
    """One PutMedia: when it began, what it carries, when it last moved.

    That is by KVS's acknowledgements: what a socket takes may never leave this box. But while a large
    fragment goes over a slow uplink, only the socket tells that it moves.
    """

    place: Place
    header: bytes
    tracks: bytes
    opened: float
    moved: float
    last_ms: int = 0
    settled: int = 0
    body_ended: bool = False


class Publisher:
    """Delivers what its spool holds, from `run` until that is cancelled, or `stop` and the spool empty.

    `problem` is what keeps it from it now, as a sentence; `last_ack` a monotonic time.
    """

    def __init__(self, stream_name: str, spool: Spool, dependencies: PublisherDependencies) -> None:
        self.stream_name = stream_name
        self.delivery = Delivery(spool)
        self.problem: str | None = None
        self.last_ack: float | None = None
        self.connections = 0
        self.sent_bytes = 0
        self._spool = spool
        self._dependencies = dependencies
        self._clock = dependencies.clock
        timings = dependencies.timings
        self._backoff = Backoff(timings.first_retry, timings.longest_retry)
        self._fragments = Rate(FRAGMENTS_A_SECOND, dependencies.clock)
        self._changed = asyncio.Event()
        self._stopping = False

    def stop(self) -> None:
        """Nothing more will be put: end with what waits."""
        self._stopping = True
        self._changed.set()

    def wake(self) -> None:
        """Something was put into the spool."""
        self._changed.set()

    async def run(self) -> None:
        """Deliver. Raises nothing: what goes wrong is in `problem`, and is tried again."""
        while len(self._spool) or not self._stopping:
            document = await self._document()
            if document is None:
                await self._change()
                continue
            try:
                await self._connect(document)
            except FAILURES as error:
                self._dependencies.destination.forget(self.stream_name)
                self.problem = f"stream {self.stream_name!r}: {why(error)}"
                await self._dependencies.recovery.wait(self._clock, self._backoff.next())
            finally:
                self.delivery.ended()

    async def _connect(self, first: Document) -> None:
        await self._dependencies.ready()
        place = await self._dependencies.destination.place(self.stream_name)
        self.delivery.retention = place.retention
        now = self._clock.monotonic()
        connection = _Connection(place, first.header, first.tracks, now, now)
        self.connections += 1
        async with aclosing(
            put_media(self._dependencies.session, place.target, self._body(connection))
        ) as acks:
            async for ack in self._watched(acks, connection):
                self._heard(ack, connection)
        if self.delivery.on_its_way or not (connection.body_ended or connection.settled):
            raise Cut

    def _heard(self, ack: Ack, connection: _Connection) -> None:
        self.last_ack = connection.moved = self._clock.monotonic()
        before = self.delivery.persisted
        refusal = self.delivery.heard(ack)
        if refusal is not None:
            raise Refused(refusal)
        if self.delivery.persisted > before:
            connection.settled += 1
            if self.problem is not None:
                self._dependencies.recovery.happened()
            self.problem = None
            self._backoff.reset()
        self._changed.set()

    async def _watched(self, acks: AsyncGenerator[Ack, None], connection: _Connection) -> AsyncIterator[Ack]:
        """The acknowledgements. Raises Silence where they stay away although something is on its way."""
        while True:
            coming = asyncio.ensure_future(anext(acks, None))
            try:
                while not (await asyncio.wait({coming}, timeout=POLL))[0]:
                    self._check(connection)
            finally:
                if not coming.done():
                    coming.cancel()
                    with suppress(asyncio.CancelledError, *FAILURES):
                        await coming
            ack = coming.result()
            if ack is None:
                return
            yield ack

    def _check(self, connection: _Connection) -> None:
        silent = self._clock.monotonic() - connection.moved
        if silent > self._dependencies.timings.stale and (self.delivery.on_its_way or connection.body_ended):
            raise Silence(silent)

    async def _body(self, connection: _Connection) -> AsyncIterator[bytes | memoryview]:
        yield connection.header
        try:
            async for one, document in self._fragments_for(connection):
                await self._fragments.take(1)
                await self._dependencies.rate.take(len(document.cluster))
                if not self.delivery.on_its_way:
                    connection.moved = self._clock.monotonic()
                self.delivery.sending(one, document.timecode_ms)
                connection.last_ms = one.last_ms
                self.sent_bytes += len(document.cluster) + len(mkv.END_OF_FRAGMENT)
                for start in range(0, len(document.cluster), PIECE):
                    if start:
                        connection.moved = self._clock.monotonic()
                    yield document.cluster[start : start + PIECE]
                yield mkv.END_OF_FRAGMENT
        finally:
            connection.body_ended = True
            if not self.delivery.on_its_way:
                connection.moved = self._clock.monotonic()

    async def _fragments_for(self, connection: _Connection) -> AsyncIterator[tuple[SpoolEntry, Document]]:
        """What this connection may carry, until it has to be closed."""
        waited_since = self._clock.monotonic()
        while await self._is_good(connection):
            one = self.delivery.next()
            if one is not None:
                document = await self._read(one)
                if document is None:
                    continue
                if document.tracks != connection.tracks or one.first_ms <= connection.last_ms:
                    return
                yield one, document
                waited_since = self._clock.monotonic()
            elif self._is_over(waited_since):
                return
            else:
                await self._change()

    async def _is_good(self, connection: _Connection) -> bool:
        if self._clock.monotonic() - connection.opened > self._dependencies.timings.renew:
            return False
        try:
            return await self._dependencies.destination.credentials() == connection.place.target.credentials
        except FAILURES:
            return False  # the next connection meets it where it is told

    def _is_over(self, waited_since: float) -> bool:
        """Whether nothing more is to be waited for."""
        if self._stopping and not self.delivery.on_its_way:
            return True
        return self._clock.monotonic() - waited_since > self._dependencies.timings.idle

    async def _document(self) -> Document | None:
        """The first that is to be sent."""
        one = self.delivery.next()
        return None if one is None else await self._read(one)

    async def _read(self, one: SpoolEntry) -> Document | None:
        """What waits there; None where that is damaged, and dropped now."""
        try:
            return divide(await asyncio.to_thread(self._spool.read, one), one.shift_ms)
        except Damaged:
            return None
        except InvalidMatroska:
            self._spool.drop(one, "damaged")
            return None

    async def _change(self) -> None:
        """Wait until something was put or acknowledged, or for a moment."""
        with suppress(TimeoutError):
            async with asyncio.timeout(POLL):
                await self._changed.wait()
        self._changed.clear()
