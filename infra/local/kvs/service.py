"""What every API of the service works on."""

from collections.abc import Callable
from dataclasses import dataclass, field

from infra.local.kvs.connections import Connections
from infra.local.kvs.errors import ClientLimitExceededException, ConnectionLimitExceededException
from infra.local.kvs.fragments import FragmentNumbers, FragmentStore
from infra.local.kvs.limits import Limits
from infra.local.kvs.points import Points
from infra.local.kvs.streams import Stream, Streams
from infra.local.wire.signature import Verifier


@dataclass(frozen=True)
class Service:
    """The state of one service; it belongs to one event loop. `clock` gives epoch seconds."""

    streams: Streams
    fragments: FragmentStore
    numbers: FragmentNumbers
    verifier: Verifier
    limits: Limits
    clock: Callable[[], float]
    producers: Connections = field(default_factory=lambda: Connections(ConnectionLimitExceededException))
    readers: Connections = field(default_factory=lambda: Connections(ClientLimitExceededException))
    media_readers: Connections = field(default_factory=lambda: Connections(ConnectionLimitExceededException))
    media_calls: Points = field(default_factory=Points)
    metadata_points: Points = field(default_factory=Points)
    media_points: Points = field(default_factory=Points)

    def now_ms(self) -> int:
        """The server's time in epoch milliseconds."""
        return int(self.clock() * 1000)

    def expire(self) -> None:
        """Deletes what the streams no longer retain."""
        for stream in self.streams:
            self.fragments.expire(stream, self.now_ms())

    def delete(self, stream: Stream) -> None:
        """Deletes a stream and all its fragments; its PutMedia connections see it and end."""
        self.streams.delete(stream)
        self.fragments.forget(stream)
