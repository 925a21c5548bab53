"""How many connections of a kind each stream has."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from infra.local.kvs.streams import Stream
from infra.local.wire.errors import ServiceError


class Connection:
    """One of a stream's connections. `replaced` once a newer one has taken its place."""

    def __init__(self) -> None:
        self.replaced = False


class Connections:
    """The open connections of every stream, oldest first; `error` is what one too many gets."""

    def __init__(self, error: type[ServiceError]) -> None:
        self._error = error
        self._open: defaultdict[Stream, list[Connection]] = defaultdict(list)

    @contextmanager
    def one_of(self, stream: Stream, most: int, *, replace_oldest: bool = False) -> Iterator[Connection]:
        """Holds a connection. Raises `error` where the stream has `most` of them."""
        standing = [connection for connection in self._open[stream] if not connection.replaced]
        if len(standing) >= most:
            if not replace_oldest:
                raise self._error(
                    f"The stream {stream.name} has {len(standing)} connections of this kind, all it may have."
                )
            standing[0].replaced = True
        connection = Connection()
        self._open[stream].append(connection)
        try:
            yield connection
        finally:
            self._open[stream].remove(connection)
