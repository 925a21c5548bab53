"""The fragments of the streams: their bytes in files, their facts in memory, deleted by retention.

Those of a stream without retention are only buffered: for minutes, up to a size, and for GetMedia alone.
A store belongs to one event loop. Memory grows by some hundred bytes a fragment, whatever its size.
"""

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from infra.local.kvs.service.limits import Limits
from infra.local.kvs.service.streams import Stream

HOUR_MS = 3_600_000


@dataclass(frozen=True)
class Fragment:
    """What is known of a fragment. Times are epoch milliseconds."""

    number: str
    """47 digits, increasing."""
    producer_ms: int
    server_ms: int
    """When it began to arrive."""
    length_ms: int
    """The largest block time relative to the cluster: the last frame's own duration is not in it."""


@dataclass(frozen=True)
class Media:
    """The bytes of a fragment as the producer sent them."""

    header: bytes
    """EBML head, Segment, Info, Tracks; in the first fragment of a connection all that came before it."""
    cluster: bytes
    trailing: bytes
    """Tags and Cues between this cluster and the next."""

    def __len__(self) -> int:
        return len(self.header) + len(self.cluster) + len(self.trailing)


@dataclass(frozen=True)
class StoredFragment:
    """A fragment in the store: its facts, when it was persisted, and how its file is divided."""

    fragment: Fragment
    persisted_ms: int
    buffered: bool
    """Not persisted: the stream had no retention when it came."""
    header_bytes: int
    cluster_bytes: int
    total_bytes: int


class FragmentNumbers:
    """Increasing numbers of 47 digits, also above those of an earlier run: the start time leads them."""

    def __init__(self, start_ms: int) -> None:
        self._prefix = f"91343852333181{start_ms:013d}"
        self._counter = count(1)

    def __call__(self) -> str:
        """The next one."""
        return f"{self._prefix}{next(self._counter):020d}"


class FragmentStore:
    """Files in a temporary directory of its own, made with the first fragment and removed by `close`."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._directory: Path | None = None
        self._stored: dict[Stream, dict[str, StoredFragment]] = {}

    def add(self, stream: Stream, fragment: Fragment, media: Media, now_ms: int) -> None:
        """Keeps a fragment; after the return it can be listed and read, as far as its stream retains it."""
        path = self._path(stream, fragment.number)
        path.parent.mkdir(exist_ok=True)
        with path.open("wb") as file:
            file.writelines((media.header, media.cluster, media.trailing))
        buffered = stream.retention_hours == 0
        self._stored.setdefault(stream, {})[fragment.number] = StoredFragment(
            fragment, now_ms, buffered, len(media.header), len(media.cluster), len(media)
        )
        if buffered:
            self._bound_buffer(stream)

    def listed(self, stream: Stream, now_ms: int) -> Iterator[StoredFragment]:
        """Those within the stream's retention at `now_ms`, in the order in which they were closed."""
        for stored in self._stored.get(stream, {}).values():
            if not stored.buffered and self._lives(stream, stored, now_ms):
                yield stored

    def newest_first(self, stream: Stream, now_ms: int) -> Iterator[StoredFragment]:
        """What retention and buffer leave at `now_ms`; the one that was closed last comes first."""
        self.expire(stream, now_ms)
        return reversed(self._stored.get(stream, {}).values())

    def get(self, stream: Stream, number: str, now_ms: int) -> StoredFragment | None:
        """One fragment, or None where there is none (any more)."""
        stored = self._stored.get(stream, {}).get(number)
        if stored is None or stored.buffered or not self._lives(stream, stored, now_ms):
            return None
        return stored

    def keeps(self, stream: Stream, stored: StoredFragment) -> bool:
        """Whether the bytes of a fragment that the store gave are still there."""
        return stored.fragment.number in self._stored.get(stream, {})

    def media(self, stream: Stream, stored: StoredFragment) -> Media:
        """The bytes of a fragment that the store keeps."""
        data = self._path(stream, stored.fragment.number).read_bytes()
        cluster_end = stored.header_bytes + stored.cluster_bytes
        return Media(data[: stored.header_bytes], data[stored.header_bytes : cluster_end], data[cluster_end:])

    def expire(self, stream: Stream, now_ms: int) -> None:
        """Deletes what is past the stream's retention or buffer, files too."""
        # The oldest come first, but for fragments of two connections that overlap: those wait for each other.
        while (oldest := self._oldest(stream)) and not self._lives(stream, oldest, now_ms):
            self._delete(stream, oldest)

    def forget(self, stream: Stream) -> None:
        """Deletes all of a stream."""
        self._stored.pop(stream, None)
        shutil.rmtree(self._room(stream), ignore_errors=True)

    def close(self) -> None:
        """Deletes everything."""
        self._stored.clear()
        if self._directory is not None:
            shutil.rmtree(self._directory, ignore_errors=True)
            self._directory = None

    def _lives(self, stream: Stream, stored: StoredFragment, now_ms: int) -> bool:
        lifetime_ms = stream.retention_hours * HOUR_MS
        if stored.buffered:
            lifetime_ms = int(self._limits.buffer_seconds * 1000)
        return stored.fragment.server_ms >= now_ms - lifetime_ms

    def _bound_buffer(self, stream: Stream) -> None:
        size = sum(stored.total_bytes for stored in self._stored[stream].values())
        while size > self._limits.buffer_bytes and (oldest := self._oldest(stream)):
            size -= oldest.total_bytes
            self._delete(stream, oldest)

    def _oldest(self, stream: Stream) -> StoredFragment | None:
        return next(iter(self._stored.get(stream, {}).values()), None)

    def _delete(self, stream: Stream, stored: StoredFragment) -> None:
        del self._stored[stream][stored.fragment.number]
        self._path(stream, stored.fragment.number).unlink()

    def _room(self, stream: Stream) -> Path:
        # Named after the ARN: a stream created again must not meet the files of the one before.
        if self._directory is None:
            self._directory = Path(tempfile.mkdtemp(prefix="kvs-"))
        return self._directory / hashlib.sha256(stream.arn.encode()).hexdigest()[:16]

    def _path(self, stream: Stream, number: str) -> Path:
        return self._room(stream) / number
