"""Counts the open connections of each stream and enforces their quota."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from infra.local.kvs.service.streams import Stream
from infra.local.wire.errors import ServiceError


class StreamConnection:
    """An open connection of a stream. `replaced` is true once a newer connection has taken its place."""

    def __init__(self, is_open: Callable[[], bool]) -> None:
        self._is_open = is_open
        self.replaced = False

    @property
    def counts(self) -> bool:
        """Whether it uses the quota. It stops as soon as its client has left, before its API notices."""
        return self._is_open() and not self.replaced


class ConnectionQuota:
    """The open connections of every stream, oldest first. Raises `error` beyond the quota."""

    def __init__(self, error: type[ServiceError]) -> None:
        self._error = error
        self._open: defaultdict[Stream, list[StreamConnection]] = defaultdict(list)

    @contextmanager
    def hold(
        self,
        stream: Stream,
        quota: int,
        *,
        replace_oldest: bool = False,
        is_open: Callable[[], bool] = lambda: True,
    ) -> Iterator[StreamConnection]:
        """Count a connection during a `with`. Raises `error` if the stream already has `quota` of them."""
        counted = [connection for connection in self._open[stream] if connection.counts]
        if len(counted) >= quota:
            if not replace_oldest:
                raise self._error(
                    f"The stream {stream.name} has {len(counted)} connections of this kind, its maximum."
                )
            counted[0].replaced = True
        connection = StreamConnection(is_open)
        self._open[stream].append(connection)
        try:
            yield connection
        finally:
            self._open[stream].remove(connection)
