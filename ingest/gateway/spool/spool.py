"""Camera -> KVS: keeps fragments on the box's disk until they are delivered, in the order of arrival.

There is one file for each fragment (or push frame). Its name tells its place in the order, its span and its
checksum. So a start reads only the names, and a file that a power loss has cut, or filled with zeros, is
recognised when it is read. What is delivered within seconds is deleted before the kernel writes it to the
disk; only what waits longer is synced.
"""

from collections import OrderedDict, deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from zlib import crc32

from ingest.errors import OccupancyError
from ingest.gateway.spool.clock_corrections import ClockCorrections
from ingest.gateway.spool.entries import Dropped, SpoolEntry, named, parsed
from ingest.gateway.spool.folder import SpoolFolder

DAY_MS = 24 * 3_600_000
SYNC_AFTER_MS = 5_000
"""What waits longer than this is synced to the disk."""
MEMORY_BYTES = 8_000_000
"""What may wait in memory while the disk cannot be written."""


class Damaged(OccupancyError):
    """A file that does not hold what was written, or is gone."""


@dataclass(frozen=True)
class Bounds:
    """How many bytes of one camera may wait, and for how long (ms, by the times of its entries)."""

    max_bytes: int
    max_age_ms: int = DAY_MS


class Spool:
    """One camera's spool. One thread puts, another reads and removes. Raises SpoolUnusable.

    Entries are stamped by a clock that may be wrong but never steps; `correct` later tells its error.
    """

    def __init__(self, directory: Path, bounds: Bounds) -> None:
        self._folder = SpoolFolder(directory)
        self._bounds = bounds
        self._lock = Lock()
        self._waiting: OrderedDict[int, SpoolEntry] = OrderedDict()
        """As put: not corrected."""
        self._in_memory: dict[int, bytes] = {}
        self._unsynced: deque[tuple[int, int]] = deque()
        """(when it came, its number), oldest first."""
        self._dropped: dict[str, Dropped] = {}
        self.bytes = 0
        self.dropped_count = 0
        self.failure: str | None = None
        """Why the disk cannot be written, while that is so."""
        self.is_clock_checked = False
        """Whether `correct` was called: before, nothing may be too old."""
        self._corrections = ClockCorrections()
        self._next = self._first_of_run = self._load() + 1
        self._set_corrections(self._corrections.for_new_run(self._waiting, self._next))

    def __len__(self) -> int:
        return len(self._waiting)

    def oldest(self) -> SpoolEntry | None:
        """The entry that has waited longest."""
        with self._lock:
            return self._corrected(next(iter(self._waiting.values()), None))

    def after(self, number: int) -> SpoolEntry | None:
        """The first entry after `number`, which is one of the oldest few that wait, or older than all."""
        with self._lock:
            entries = (entry for entry in self._waiting.values() if entry.number > number)
            return self._corrected(next(entries, None))

    def put(self, first_ms: int, last_ms: int, data: bytes, now_ms: int, *, ages: bool = True) -> SpoolEntry:
        """Add an entry; where the bounds do not allow so much, drop the oldest entries.

        `ages` is False while the clock may be wrong: then nothing is too old. While the disk fails,
        the entry waits in memory, and `failure` says why.
        """
        entry = named(self._next, (first_ms, last_ms), crc32(data), len(data))
        self._next += 1
        self._write(entry, data)
        with self._lock:
            self._waiting[entry.number] = entry
            self.bytes += entry.size
        self._keep_bounds(now_ms + self._corrections.latest_ms if ages else 0)
        self._sync(entry, now_ms)
        return entry

    def read(self, entry: SpoolEntry) -> bytes:
        """The entry's data. Raises Damaged, and drops it, if it is not what was put."""
        try:
            data = self._in_memory.get(entry.number) or self._folder.read(entry.name)
        except OSError as error:
            self.drop(entry, "damaged")
            raise Damaged(f"{entry.name} in the spool cannot be read: {error.strerror}") from error
        if len(data) != entry.size or crc32(data) != entry.checksum:
            self.drop(entry, "damaged")
            raise Damaged(f"{entry.name} in the spool is damaged, as by a power loss")
        return data

    def remove(self, entry: SpoolEntry) -> bool:
        """Delete a delivered entry; return False if it was already gone."""
        with self._lock:
            if self._waiting.pop(entry.number, None) is None:
                return False
            self.bytes -= entry.size
            in_memory = self._in_memory.pop(entry.number, None)
        if in_memory is None:
            self._folder.delete(entry.name)
        return True

    def correct(self, by_ms: int, *, whole_run: bool) -> None:
        """Set the correction of the entries from now on, or of the `whole_run`, to `by_ms`."""
        with self._lock:
            self.is_clock_checked = True
            first = self._first_of_run if whole_run else self._next
            self._set_corrections(self._corrections.corrected(first, by_ms))

    def forget_run(self, reason: str) -> None:
        """Drop everything that was put in this run."""
        with self._lock:
            corrected = map(self._corrected, self._waiting.values())
            entries = [entry for entry in corrected if entry and entry.number >= self._first_of_run]
        for entry in entries:
            self.drop(entry, reason)

    def expire(self, now_ms: int) -> None:
        """Drop what is too old; `now_ms` is the right time."""
        while (oldest := self.oldest()) and oldest.last_ms < now_ms - self._bounds.max_age_ms:
            self.drop(oldest, "too old")

    def drop(self, entry: SpoolEntry, reason: str) -> None:
        """Drop an entry; it is counted, and its span remembered."""
        if not self.remove(entry):
            return
        dropped = Dropped(reason, 1, entry.first_ms, entry.last_ms)
        with self._lock:
            before = self._dropped.get(reason)
            self._dropped[reason] = before + dropped if before else dropped
            self.dropped_count += 1

    def take_dropped(self) -> list[Dropped]:
        """What was dropped since the last call."""
        with self._lock:
            dropped, self._dropped = list(self._dropped.values()), {}
        return dropped

    def close(self) -> None:
        """Delete the folder of a spool that is empty and no longer used; foreign files stay."""
        self._set_corrections(ClockCorrections())
        self._folder.remove()

    def _load(self) -> int:
        """Find what waits from an earlier run; return the highest number."""
        sizes = self._folder.sizes()
        self._corrections = ClockCorrections.parsed(sizes)
        entries = filter(None, (parsed(name, size) for name, size in sizes.items()))
        for entry in sorted(entries, key=lambda entry: entry.number):
            self._waiting[entry.number] = entry
            self.bytes += entry.size
        return max(self._waiting, default=0)

    def _corrected(self, entry: SpoolEntry | None) -> SpoolEntry | None:
        return None if entry is None else entry.later(self._corrections.of(entry.number))

    def _set_corrections(self, corrections: ClockCorrections) -> None:
        before, self._corrections = self._corrections, corrections
        self._folder.replace_empty(before.names, corrections.names)

    def _write(self, entry: SpoolEntry, data: bytes) -> None:
        try:
            self._folder.write(entry.name, data)
        except OSError as error:
            self.failure = (
                f"spool {self._folder.directory} cannot be written: {error.strerror}; new data waits in"
                f" memory, up to {MEMORY_BYTES // 1_000_000} MB: make room, or give another spool.directory"
            )
            with self._lock:
                self._in_memory[entry.number] = data
        else:
            self.failure = None

    def _keep_bounds(self, now_ms: int) -> None:
        self.expire(now_ms)
        while self.bytes > self._bounds.max_bytes and (oldest := self.oldest()):
            self.drop(oldest, "spool full")
        while entry := self._too_much_in_memory():
            self.drop(entry, "disk cannot be written")

    def _too_much_in_memory(self) -> SpoolEntry | None:
        """The oldest entry in memory, if it has to be dropped."""
        with self._lock:
            if sum(map(len, self._in_memory.values())) <= MEMORY_BYTES:
                return None
            return self._corrected(self._waiting[min(self._in_memory)])

    def _sync(self, new: SpoolEntry, now_ms: int) -> None:
        """Sync what has waited for a while to the disk."""
        if new.number not in self._in_memory:
            self._unsynced.append((now_ms, new.number))
        self._folder.sync(self._due_for_sync(now_ms))

    def _due_for_sync(self, now_ms: int) -> Iterator[str]:
        while self._unsynced and self._unsynced[0][0] <= now_ms - SYNC_AFTER_MS:
            if entry := self._waiting.get(self._unsynced.popleft()[1]):
                yield entry.name
