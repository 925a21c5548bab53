"""The state of the service, which every API works on."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count

from infra.local.kvs.service.connections import ConnectionQuota
from infra.local.kvs.service.errors import ClientLimitExceededException, ConnectionLimitExceededException
from infra.local.kvs.service.fault_registry import FaultRegistry
from infra.local.kvs.service.fragments import FragmentNumbers, FragmentStore
from infra.local.kvs.service.limits import Limits
from infra.local.kvs.service.streams import AccountStreams, Stream
from infra.local.kvs.service.token_bucket import TokenBuckets
from infra.local.wire.signature import Verifier


@dataclass(frozen=True)
class Service:
    """The state of a service; it belongs to one event loop. `clock` gives epoch seconds."""

    streams: AccountStreams
    fragments: FragmentStore
    numbers: FragmentNumbers
    verifier: Verifier
    limits: Limits
    clock: Callable[[], float]
    faults: FaultRegistry
    producers: ConnectionQuota = field(
        default_factory=lambda: ConnectionQuota(ConnectionLimitExceededException)
    )
    readers: ConnectionQuota = field(default_factory=lambda: ConnectionQuota(ClientLimitExceededException))
    media_readers: ConnectionQuota = field(
        default_factory=lambda: ConnectionQuota(ConnectionLimitExceededException)
    )
    media_calls: TokenBuckets = field(default_factory=TokenBuckets)
    fragment_metadata_quota: TokenBuckets = field(default_factory=TokenBuckets)
    fragment_media_quota: TokenBuckets = field(default_factory=TokenBuckets)
    calls: TokenBuckets = field(default_factory=TokenBuckets)
    shuffles: Iterator[int] = field(default_factory=count)
    """A number for each listing of ListFragments."""

    def now_ms(self) -> int:
        """The server's time in epoch milliseconds."""
        return int(self.clock() * 1000)

    def settle(self) -> None:
        """Complete the changes of streams that have lasted `settling_seconds`."""
        self.streams.settle(self.clock())

    def expire(self) -> None:
        """Delete the fragments that their streams no longer retain."""
        for stream in self.streams:
            self.fragments.expire(stream, self.now_ms())

    def delete(self, stream: Stream) -> None:
        """Delete a stream and all its fragments. Its PutMedia connections notice that and end."""
        self.streams.change(stream, "DELETING", self.clock())
        self.fragments.forget(stream)
