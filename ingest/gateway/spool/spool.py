"""Camera -> KVS: what waits on the box's disk until it is delivered, in the order in which it came.

One file for each fragment (or push frame). Its name says its place in the order, its span and its checksum,
so that a file that a power loss has cut, or filled with zeros, is known when it is read, and a start needs
the names alone; times that were wrong are set right by another name. What is delivered within seconds is
deleted before the kernel has written it: only what waits is forced onto the disk.
"""

import os
from collections import OrderedDict, deque
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from zlib import crc32

from ingest.errors import OccupancyError
from ingest.gateway.spool.entries import Dropped, SpoolEntry
from ingest.gateway.spool.entries import found as found_in

DAY_MS = 24 * 3_600_000
SYNC_AFTER_MS = 5_000
"""What waits longer than this is forced onto the disk."""
MEMORY_BYTES = 8_000_000
"""What may wait in memory while the disk takes nothing."""


class SpoolUnusable(OccupancyError):
    """A folder in which nothing can wait."""

    def __init__(self, directory: Path, error: OSError) -> None:
        super().__init__(
            f"spool {directory} cannot be used: {error.strerror}; give another folder as spool.directory,"
            " or the right to write there"
        )


class Damaged(OccupancyError):
    """What waited is not what was written, or is gone."""


@dataclass(frozen=True)
class Bounds:
    """How much of one camera may wait, in bytes, and for how long, in ms by its own times."""

    max_bytes: int
    max_age_ms: int = DAY_MS


class Spool:
    """One camera's. One thread puts, another reads and removes. Raises SpoolUnusable."""

    def __init__(self, directory: Path, bounds: Bounds) -> None:
        self._directory = directory
        self._bounds = bounds
        self._lock = Lock()
        self._waiting: OrderedDict[int, SpoolEntry] = OrderedDict()
        self._in_memory: dict[int, bytes] = {}
        self._unsynced: deque[tuple[int, int]] = deque()
        """(when it came, its number), oldest first."""
        self._dropped: dict[str, Dropped] = {}
        self.bytes = 0
        self.dropped_count = 0
        self.failure: str | None = None
        """Why the disk takes nothing, while that is so."""
        self._next = self._of_this_run = self._open() + 1

    def __len__(self) -> int:
        return len(self._waiting)

    def oldest(self) -> SpoolEntry | None:
        """The one that waits longest."""
        with self._lock:
            return next(iter(self._waiting.values()), None)

    def after(self, number: int) -> SpoolEntry | None:
        """The first one behind `number`, which is of the oldest few that wait, or older than all."""
        with self._lock:
            return next((one for one in self._waiting.values() if one.number > number), None)

    def put(self, first_ms: int, last_ms: int, data: bytes, now_ms: int, *, ages: bool = True) -> SpoolEntry:
        """Have `data` wait; where the bounds do not allow so much, the oldest is dropped.

        By a clock that may be wrong, nothing `ages`.

        Where the disk takes nothing, it waits in memory, and `failure` says why.
        """
        one = SpoolEntry(self._next, first_ms, last_ms, crc32(data), len(data))
        self._next += 1
        self._write(one, data)
        with self._lock:
            self._waiting[one.number] = one
            self.bytes += one.size
        self._bound(now_ms if ages else 0)
        self._sync(one, now_ms)
        return one

    def read(self, one: SpoolEntry) -> bytes:
        """What waits. Raises Damaged, and drops it, where it is not what was put."""
        try:
            data = self._in_memory.get(one.number) or self._read(one)
        except OSError as error:
            self.drop(one, "damaged")
            raise Damaged(f"{one.name} in the spool cannot be read: {error.strerror}") from error
        if len(data) != one.size or crc32(data) != one.checksum:
            self.drop(one, "damaged")
            raise Damaged(f"{one.name} in the spool is damaged, as by a power loss")
        return data

    def remove(self, one: SpoolEntry) -> bool:
        """It is delivered; False where it did not wait any more."""
        with self._lock:
            waiting = self._waiting.pop(one.number, None)
            if waiting is None:
                return False
            self.bytes -= one.size
            in_memory = self._in_memory.pop(one.number, None)
        if in_memory is None:
            with suppress(OSError):  # a file that stays is delivered twice, which KVS's readers bear
                (self._directory / waiting.name).unlink(missing_ok=True)
        return True

    def shift(self, by_ms: int) -> None:
        """All that was put in this run is of so much later: the clock was wrong."""
        with self._lock:
            for number, one in self._waiting.items():
                if number < self._of_this_run:
                    continue
                times = {"first_ms": one.first_ms + by_ms, "last_ms": one.last_ms + by_ms}
                later = replace(one, **times, shift_ms=one.shift_ms + by_ms)
                if number not in self._in_memory:
                    with suppress(OSError):  # it is damaged, as its reader will find
                        (self._directory / one.name).rename(self._directory / later.name)
                self._waiting[number] = later
            self._unsynced = deque((came_ms + by_ms, number) for came_ms, number in self._unsynced)

    def forget_run(self, reason: str) -> None:
        """Give up all that was put in this run."""
        with self._lock:
            ours = [one for number, one in self._waiting.items() if number >= self._of_this_run]
        for one in ours:
            self.drop(one, reason)

    def expire(self, now_ms: int) -> None:
        """Drop what is too old."""
        while (oldest := self.oldest()) and oldest.last_ms < now_ms - self._bounds.max_age_ms:
            self.drop(oldest, "too old")

    def drop(self, one: SpoolEntry, reason: str) -> None:
        """Give it up; it is counted and its span remembered."""
        if not self.remove(one):
            return
        dropped = Dropped(reason, 1, one.first_ms, one.last_ms)
        with self._lock:
            before = self._dropped.get(reason)
            self._dropped[reason] = before + dropped if before else dropped
            self.dropped_count += 1

    def take_dropped(self) -> list[Dropped]:
        """What was dropped since this was asked last."""
        with self._lock:
            dropped, self._dropped = list(self._dropped.values()), {}
        return dropped

    def _read(self, one: SpoolEntry) -> bytes:
        """Its file. Raises OSError."""
        with self._lock:  # it may just get another name
            file = (self._directory / self._waiting.get(one.number, one).name).open("rb")
        with file:
            return file.read()

    def _open(self) -> int:
        """Find what waits of an earlier run; the highest number."""
        try:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            found = sorted(found_in(self._directory), key=lambda one: one.number)
            probe = self._directory / "probe"
            probe.touch(mode=0o600)
            probe.unlink()
        except OSError as error:
            raise SpoolUnusable(self._directory, error) from error
        for one in found:
            self._waiting[one.number] = one
            self.bytes += one.size
        return found[-1].number if found else 0

    def _write(self, one: SpoolEntry, data: bytes) -> None:
        path = self._directory / one.name
        try:
            # Pictures of people: for nobody else to read.
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(data)
        except OSError as error:
            with suppress(OSError):
                path.unlink(missing_ok=True)
            self.failure = (
                f"spool {self._directory} cannot be written: {error.strerror}; what comes waits in memory,"
                f" up to {MEMORY_BYTES // 1_000_000} MB: make room, or give another spool.directory"
            )
            with self._lock:
                self._in_memory[one.number] = data
        else:
            self.failure = None

    def _bound(self, now_ms: int) -> None:
        self.expire(now_ms)
        while self.bytes > self._bounds.max_bytes and (oldest := self.oldest()):
            self.drop(oldest, "spool full")
        while one := self._too_much_in_memory():
            self.drop(one, "disk takes nothing")

    def _too_much_in_memory(self) -> SpoolEntry | None:
        """The oldest that waits there, if it has to go."""
        with self._lock:
            if sum(map(len, self._in_memory.values())) <= MEMORY_BYTES:
                return None
            return self._waiting[min(self._in_memory)]

    def _sync(self, new: SpoolEntry, now_ms: int) -> None:
        """Force what has waited for a while onto the disk."""
        if new.number not in self._in_memory:
            self._unsynced.append((now_ms, new.number))
        synced = False
        while self._unsynced and self._unsynced[0][0] <= now_ms - SYNC_AFTER_MS:
            if one := self._waiting.get(self._unsynced.popleft()[1]):
                synced |= _fsync(self._directory / one.name)
        if synced:
            _fsync(self._directory)


def _fsync(path: Path) -> bool:
    """False where it is gone, delivered in between, or the disk refuses."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError:
        return False
    return True
