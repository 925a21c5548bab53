"""The fragments of all streams: their bytes in files, their metadata in memory; retention deletes both.

The fragments of a stream without retention are only buffered: for some minutes, up to a size, for GetMedia
alone. A store belongs to one event loop. It uses some hundred bytes of memory for each fragment.
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
    """The metadata of a fragment. Times are epoch milliseconds."""

    number: str
    """47 digits, increasing."""
    producer_ms: int
    server_ms: int
    """When its first byte arrived."""
    length_ms: int
    """The largest block time relative to the cluster, without the duration of the last frame."""


@dataclass(frozen=True)
class Media:
    """The bytes of a fragment as the producer sent them."""

    header: bytes
    """EBML head, Segment, Info, Tracks; in a connection's first fragment everything before the Cluster."""
    cluster: bytes
    trailing: bytes
    """Tags and Cues between this cluster and the next."""

    def __len__(self) -> int:
        return len(self.header) + len(self.cluster) + len(self.trailing)


@dataclass(frozen=True)
class StoredFragment:
    """A fragment in the store: its metadata, when it was persisted, and the sections of its file."""

    fragment: Fragment
    persisted_ms: int
    buffered: bool
    """True if it is not persisted because the stream had no retention when it arrived."""
    header_bytes: int
    cluster_bytes: int
    total_bytes: int


class FragmentNumbers:
    """Increasing numbers of 47 digits. They begin with the start time, so a later run continues upwards."""

    def __init__(self, start_ms: int) -> None:
        self._prefix = f"91343852333181{start_ms:013d}"
        self._counter = count(1)

    def __call__(self) -> str:
        """The next number."""
        return f"{self._prefix}{next(self._counter):020d}"


class FragmentStore:
    """Keeps files in its own temporary directory, created with the first fragment and removed by `close`."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._directory: Path | None = None
        self._stored: dict[Stream, dict[str, StoredFragment]] = {}

    def add(self, stream: Stream, fragment: Fragment, media: Media, now_ms: int) -> None:
        """Store a fragment; from then on it can be listed and read for as long as its stream retains it."""
        path = self._path(stream, fragment.number)
        path.parent.mkdir(exist_ok=True)
        with path.open("wb") as file:
            file.writelines((media.header, media.cluster, media.trailing))
        buffered = stream.retention_hours == 0
        self._stored.setdefault(stream, {})[fragment.number] = StoredFragment(
            fragment, now_ms, buffered, len(media.header), len(media.cluster), len(media)
        )
        if buffered:
            self._trim_buffer(stream)

    def listed(self, stream: Stream, now_ms: int) -> Iterator[StoredFragment]:
        """The fragments within the retention of the stream at `now_ms`, in order of completion."""
        for stored in self._stored.get(stream, {}).values():
            if not stored.buffered and self._retained(stream, stored, now_ms):
                yield stored

    def newest_first(self, stream: Stream, now_ms: int) -> Iterator[StoredFragment]:
        """The retained and buffered fragments at `now_ms`, the last completed first."""
        self.expire(stream, now_ms)
        return reversed(self._stored.get(stream, {}).values())

    def get(self, stream: Stream, number: str, now_ms: int) -> StoredFragment | None:
        """The fragment with this number, or None if it does not exist or has expired."""
        stored = self._stored.get(stream, {}).get(number)
        if stored is None or stored.buffered or not self._retained(stream, stored, now_ms):
            return None
        return stored

    def keeps(self, stream: Stream, stored: StoredFragment) -> bool:
        """Whether the store still has the bytes of a fragment that it returned earlier."""
        return stored.fragment.number in self._stored.get(stream, {})

    def media(self, stream: Stream, stored: StoredFragment) -> Media:
        """The bytes of a fragment that is still in the store."""
        data = self._path(stream, stored.fragment.number).read_bytes()
        cluster_end = stored.header_bytes + stored.cluster_bytes
        return Media(data[: stored.header_bytes], data[stored.header_bytes : cluster_end], data[cluster_end:])

    def expire(self, stream: Stream, now_ms: int) -> None:
        """Delete the fragments and files beyond the retention or the buffer of the stream."""
        # Ordered by age, unless fragments of two connections overlap: then a newer one delays an older one.
        while (oldest := self._oldest(stream)) and not self._retained(stream, oldest, now_ms):
            self._delete(stream, oldest)

    def forget(self, stream: Stream) -> None:
        """Delete all fragments of a stream."""
        self._stored.pop(stream, None)
        shutil.rmtree(self._folder(stream), ignore_errors=True)

    def close(self) -> None:
        """Delete all fragments of all streams."""
        self._stored.clear()
        if self._directory is not None:
            shutil.rmtree(self._directory, ignore_errors=True)
            self._directory = None

    def _retained(self, stream: Stream, stored: StoredFragment, now_ms: int) -> bool:
        lifetime_ms = stream.retention_hours * HOUR_MS
        if stored.buffered:
            lifetime_ms = int(self._limits.buffer_seconds * 1000)
        return stored.fragment.server_ms >= now_ms - lifetime_ms

    def _trim_buffer(self, stream: Stream) -> None:
        size = sum(stored.total_bytes for stored in self._stored[stream].values())
        while size > self._limits.buffer_bytes and (oldest := self._oldest(stream)):
            size -= oldest.total_bytes
            self._delete(stream, oldest)

    def _oldest(self, stream: Stream) -> StoredFragment | None:
        return next(iter(self._stored.get(stream, {}).values()), None)

    def _delete(self, stream: Stream, stored: StoredFragment) -> None:
        del self._stored[stream][stored.fragment.number]
        self._path(stream, stored.fragment.number).unlink()

    def _folder(self, stream: Stream) -> Path:
        # Named after the ARN, so that a recreated stream does not find the files of its predecessor.
        if self._directory is None:
            self._directory = Path(tempfile.mkdtemp(prefix="kvs-"))
        return self._directory / hashlib.sha256(stream.arn.encode()).hexdigest()[:16]

    def _path(self, stream: Stream, number: str) -> Path:
        return self._folder(stream) / number
