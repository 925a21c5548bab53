"""How many connections of a kind each stream has."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from infra.local.kvs.service.streams import Stream
from infra.local.wire.errors import ServiceError


class StreamConnection:
    """One of a stream's connections. `replaced` once a newer one has taken its place."""

    def __init__(self, is_open: Callable[[], bool]) -> None:
        self._is_open = is_open
        self.replaced = False

    @property
    def stands(self) -> bool:
        """Whether it counts: also one whose client has just left does not, before its API hears of it."""
        return self._is_open() and not self.replaced


class ConnectionQuota:
    """The open connections of every stream, oldest first; `error` is what one too many gets."""

    def __init__(self, error: type[ServiceError]) -> None:
        self._error = error
        self._open: defaultdict[Stream, list[StreamConnection]] = defaultdict(list)

    @contextmanager
    def one_of(
        self,
        stream: Stream,
        most: int,
        *,
        replace_oldest: bool = False,
        is_open: Callable[[], bool] = lambda: True,
    ) -> Iterator[StreamConnection]:
        """Holds a connection. Raises `error` where the stream has `most` of them."""
        standing = [connection for connection in self._open[stream] if connection.stands]
        if len(standing) >= most:
            if not replace_oldest:
                raise self._error(
                    f"The stream {stream.name} has {len(standing)} connections of this kind, all it may have."
                )
            standing[0].replaced = True
        connection = StreamConnection(is_open)
        self._open[stream].append(connection)
        try:
            yield connection
        finally:
            self._open[stream].remove(connection)
