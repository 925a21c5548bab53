"""Spool -> KVS: delivers one stream's fragments over PutMedia, one connection after the other."""

from ingest.gateway.spool.spool import Spool
from ingest.gateway.timing.backoff import Backoff
from ingest.gateway.timing.rate import FRAGMENTS_A_SECOND, Rate
from ingest.gateway.uplink.connection_errors import why
from ingest.gateway.uplink.delivery import Delivery
from ingest.gateway.uplink.dependencies import PublisherDependencies
from ingest.gateway.uplink.documents import Document
from ingest.gateway.uplink.outbox import Outbox
from ingest.gateway.uplink.put_media_session import FAILURES, PutMediaSession


class Publisher:
    """Delivers what its spool holds until `run` is cancelled; after `stop`, until the spool is empty.

    `problem` is a sentence that says what prevents the delivery now; `last_ack` is a monotonic time.
    """

    def __init__(self, stream_name: str, spool: Spool, dependencies: PublisherDependencies) -> None:
        self.stream_name = stream_name
        self.problem: str | None = None
        self.last_ack: float | None = None
        self.connections = 0
        self._outbox = Outbox(spool)
        self._dependencies = dependencies
        self._clock = dependencies.clock
        timings = dependencies.timings
        self._backoff = Backoff(timings.first_retry, timings.longest_retry)
        self._fragments = Rate(FRAGMENTS_A_SECOND, dependencies.clock)

    @property
    def delivery(self) -> Delivery:
        """What was delivered, and what is in flight."""
        return self._outbox.delivery

    @property
    def sent_bytes(self) -> int:
        """Bytes of all fragments that were sent, repetitions included."""
        return self.delivery.sent_bytes

    def stop(self) -> None:
        """Nothing more will be put into the spool: deliver the rest, then end."""
        self._outbox.stop()

    def wake(self) -> None:
        """Note that something was put into the spool."""
        self._outbox.wake()

    async def run(self) -> None:
        """Deliver. Raises nothing: a failure is in `problem`, and is retried."""
        while not self._outbox.is_done:
            first = await self._outbox.next()
            if first is None:
                await self._outbox.change(self._dependencies.timings.poll)
                continue
            try:
                await self._connect(first.document)
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
        self.connections += 1
        session = PutMediaSession(place, first, self._outbox, self._fragments, self._dependencies)
        await session.run(self._heard)

    def _heard(self, is_persisted: bool) -> None:
        self.last_ack = self._clock.monotonic()
        if not is_persisted:
            return
        if self.problem is not None:
            self._dependencies.recovery.happened()
        self.problem = None
        self._backoff.reset()
