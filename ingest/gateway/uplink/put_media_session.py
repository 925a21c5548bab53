"""Spool -> KVS: one PutMedia connection, from its opening until it is closed.

`connection` decides; this module reads the situation and acts. Each fragment ends with a tag of its own: KVS
then acknowledges it at once, and a broken connection never leaves half a fragment there.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, suppress

import aiohttp

from ingest.aws.failures import AWS_FAILURES
from ingest.errors import OccupancyError
from ingest.gateway.timing.rate import Rate
from ingest.gateway.uplink.connection import (
    Connection,
    Outgoing,
    Situation,
    Step,
    next_step,
    silence,
    was_cut,
)
from ingest.gateway.uplink.connection_errors import Cut, Refused, Silence
from ingest.gateway.uplink.dependencies import PublisherDependencies
from ingest.gateway.uplink.destination import Place
from ingest.gateway.uplink.documents import Document
from ingest.gateway.uplink.outbox import Outbox
from ingest.kvs import mkv
from ingest.kvs.put_media import Ack, put_media

PIECE = 256 * 1024
"""Bytes of a fragment that are handed to the socket at once."""
FAILURES = (*AWS_FAILURES, OccupancyError, aiohttp.ClientError, TimeoutError, OSError)
"""The errors with which a connection may fail."""


class PutMediaSession:
    """One connection, opened for the document `first`. `fragments` limits the stream's fragments a second."""

    def __init__(
        self,
        place: Place,
        first: Document,
        outbox: Outbox,
        fragments: Rate,
        dependencies: PublisherDependencies,
    ) -> None:
        self._place = place
        self._header = first.header
        self._outbox = outbox
        self._delivery = outbox.delivery
        self._fragments = fragments
        self._dependencies = dependencies
        self._now = dependencies.clock.monotonic
        self._connection = Connection.begun(first.tracks, self._now())

    async def run(self, heard: Callable[[bool], None]) -> None:
        """Send what the connection may carry; return once KVS has answered all of it.

        `heard` is called after each acknowledgement, with True if it says that a fragment is delivered.
        Raises Silence, Refused, Cut, and what PutMedia raises.
        """
        sending = put_media(self._dependencies.session, self._place.target, self._body())
        async with aclosing(sending) as acks:
            while (ack := await self._next(acks)) is not None:
                heard(self._take(ack))
        if was_cut(self._connection, self._delivery.in_flight):
            raise Cut

    def _take(self, ack: Ack) -> bool:
        before = self._delivery.persisted
        refusal = self._delivery.heard(ack)
        is_persisted = self._delivery.persisted > before
        self._connection = self._connection.acknowledged(self._now(), persisted=is_persisted)
        if refusal is not None:
            raise Refused(refusal)
        self._outbox.wake()
        return is_persisted

    async def _next(self, acks: AsyncGenerator[Ack, None]) -> Ack | None:
        """The next acknowledgement, None at the end. Raises Silence if it stays away too long."""
        coming = asyncio.ensure_future(anext(acks, None))
        try:
            while not (await asyncio.wait({coming}, timeout=self._dependencies.timings.poll))[0]:
                self._check_silence()
        finally:
            if not coming.done():
                coming.cancel()
                with suppress(asyncio.CancelledError, *FAILURES):
                    await coming
        return coming.result()

    def _check_silence(self) -> None:
        stale = self._dependencies.timings.stale
        seconds = silence(self._connection, self._now(), self._delivery.in_flight, stale)
        if seconds is not None:
            raise Silence(seconds)

    async def _body(self) -> AsyncIterator[bytes | memoryview]:
        yield self._header
        try:
            async for fragment in self._outgoing():
                document = fragment.document
                await self._fragments.take(1)
                await self._dependencies.rate.take(len(document.cluster))
                self._note(fragment)
                for start in range(0, len(document.cluster), PIECE):
                    if start:
                        self._connection = self._connection.sent_piece(self._now())
                    yield document.cluster[start : start + PIECE]
                yield mkv.END_OF_FRAGMENT
        finally:
            self._connection = self._connection.ended_body(self._now(), self._delivery.in_flight)

    def _note(self, fragment: Outgoing) -> None:
        """Note that the fragment begins to leave."""
        spooled, document = fragment.spooled, fragment.document
        self._connection = self._connection.sending(spooled.last_ms, self._now(), self._delivery.in_flight)
        size = len(document.cluster) + len(mkv.END_OF_FRAGMENT)
        self._delivery.sending(spooled, document.timecode_ms, size)

    async def _outgoing(self) -> AsyncIterator[Outgoing]:
        """The fragments that this connection carries, until it must be closed."""
        timings = self._dependencies.timings
        while True:
            situation = await self._situation()
            step = next_step(self._connection, situation, timings)
            if step is Step.CLOSE:
                return
            if situation.fragment is None:
                await self._outbox.change(timings.poll)
            else:
                yield situation.fragment
                self._connection = self._connection.sent(self._now())

    async def _situation(self) -> Situation:
        are_current = await self._credentials_are_current()
        fragment = await self._outbox.next() if are_current else None
        return Situation(self._now(), fragment, self._delivery.in_flight, are_current, self._outbox.stopping)

    async def _credentials_are_current(self) -> bool:
        try:
            newest = await self._dependencies.destination.credentials()
        except FAILURES:
            return False  # the next connection fails with it, where it is reported
        return newest == self._place.target.credentials
