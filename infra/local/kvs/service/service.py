"""What every API of the service works on."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count

from infra.local.kvs.service.connections import Connections
from infra.local.kvs.service.errors import ClientLimitExceededException, ConnectionLimitExceededException
from infra.local.kvs.service.fault_registry import Faults
from infra.local.kvs.service.fragments import FragmentNumbers, FragmentStore
from infra.local.kvs.service.limits import Limits
from infra.local.kvs.service.streams import Stream, Streams
from infra.local.kvs.service.token_bucket import Points
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
    faults: Faults
    producers: Connections = field(default_factory=lambda: Connections(ConnectionLimitExceededException))
    readers: Connections = field(default_factory=lambda: Connections(ClientLimitExceededException))
    media_readers: Connections = field(default_factory=lambda: Connections(ConnectionLimitExceededException))
    media_calls: Points = field(default_factory=Points)
    metadata_points: Points = field(default_factory=Points)
    media_points: Points = field(default_factory=Points)
    calls: Points = field(default_factory=Points)
    shuffles: Iterator[int] = field(default_factory=count)
    """Of ListFragments: a number for each listing."""

    def now_ms(self) -> int:
        """The server's time in epoch milliseconds."""
        return int(self.clock() * 1000)

    def settle(self) -> None:
        """Ends the changes of streams that have lasted long enough."""
        self.streams.settle(self.clock())

    def expire(self) -> None:
        """Deletes what the streams no longer retain."""
        for stream in self.streams:
            self.fragments.expire(stream, self.now_ms())

    def delete(self, stream: Stream) -> None:
        """Deletes a stream and all its fragments; its PutMedia connections see it and end."""
        self.streams.change(stream, "DELETING", self.clock())
        self.fragments.forget(stream)
