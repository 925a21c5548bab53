"""Frames that wait to be sent, one file each: a file survives a power cut.

A file's name is `instants.frame_name`, with `.part` while it is written. What the disk does not take waits in
memory.
"""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path
from threading import Lock

from deeplens.camera.picture import is_jpeg
from deeplens.common.errors import UnitError
from deeplens.common.instants import FRAME_NAME, instant_of
from deeplens.common.status_log import StatusLog

MEMORY = 32 * 1024 * 1024
"""The most bytes of frames that wait in memory while the disk takes none."""


class SpoolInUse(UnitError):
    """Another process uses the same folder."""


class Spool:
    """The frames of one camera in `folder`, at most `limit` bytes; beyond that the oldest are dropped.

    It holds one frame for each instant: if the clock was set back, the newer frame stays. For several
    threads. Raises SpoolInUse.
    """

    def __init__(self, folder: Path, limit: int, status_log: StatusLog) -> None:
        self._folder, self._limit, self._status_log = folder, limit, status_log
        self._lock = Lock()
        self._on_disk: dict[str, int] = {}
        self._in_memory: dict[str, bytes] = {}
        self._guard: int | None = None
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._guard = _locked(folder / "lock")
            self._on_disk = _found(folder)
        except OSError as error:
            self._failed(error)

    @property
    def waiting(self) -> int:
        """The number of frames."""
        return len(self._on_disk) + len(self._in_memory)

    def put(self, name: str, jpeg: bytes) -> None:
        """Keep a frame until `remove`. Never raises: a frame that cannot be kept is dropped and reported."""
        with self._lock:
            dropped = self._make_space(len(jpeg))
            try:
                self._write(name, jpeg)
            except OSError as error:
                self._in_memory[name] = jpeg
                dropped += self._forget_beyond_memory()
                self._failed(error)
            else:
                self._on_disk[name] = len(jpeg)
                if dropped:
                    self._status_log.problem(
                        "spool", f"{self._folder} is full (spool_mb): the oldest frames are dropped"
                    )
                else:
                    self._status_log.fine("spool")
            self._status_log.count("dropped", dropped)
            for other in self._names():
                if other[:19] == name[:19] and other != name:
                    self._forget(other)

    def oldest(self, until: float) -> tuple[str, bytes] | None:
        """Return name and JPEG of the earliest instant at or before `until`, or None."""
        with self._lock:
            for name in sorted(self._names()):
                if instant_of(name) > until:
                    return None
                jpeg = self._read(name)
                if jpeg is not None:
                    return name, jpeg
                self._forget(name)
                self._status_log.count("dropped")
            return None

    def remove(self, name: str) -> None:
        """Forget a frame, which has arrived."""
        with self._lock:
            self._forget(name)

    def close(self) -> None:
        """Unlock the folder for another process."""
        if self._guard is not None:
            os.close(self._guard)
            self._guard = None

    def _names(self) -> list[str]:
        return [*self._on_disk, *self._in_memory]

    def _make_space(self, size: int) -> int:
        """Drop the oldest frames until `size` more bytes fit; return the number dropped."""
        dropped = 0
        while self._on_disk and sum(self._on_disk.values()) + size > self._limit:
            self._forget(min(self._on_disk))
            dropped += 1
        return dropped

    def _forget_beyond_memory(self) -> int:
        dropped = 0
        while len(self._in_memory) > 1 and sum(map(len, self._in_memory.values())) > MEMORY:
            self._forget(min(self._in_memory))
            dropped += 1
        return dropped

    def _forget(self, name: str) -> None:
        self._in_memory.pop(name, None)
        if self._on_disk.pop(name, None) is None:
            return
        try:
            (self._folder / name).unlink()
        except OSError as error:
            # It is sent again after a restart, and the counter ignores it.
            self._failed(error)

    def _write(self, name: str, jpeg: bytes) -> None:
        """Write the file to the disk, not only to its cache, before it gets its final name."""
        part = self._folder / f"{name}.part"
        try:
            with part.open("wb") as file:
                file.write(jpeg)
                file.flush()
                os.fsync(file.fileno())
            part.replace(self._folder / name)
        except OSError:
            if part.exists():
                part.unlink()
            raise
        _sync(self._folder)

    def _read(self, name: str) -> bytes | None:
        if name in self._in_memory:
            return self._in_memory[name]
        try:
            jpeg = (self._folder / name).read_bytes()
        except OSError as error:
            self._failed(error)
            return None
        if not is_jpeg(jpeg):
            self._status_log.happened("spool", f"frame {name} on the disk is damaged and was dropped")
            return None
        return jpeg

    def _failed(self, error: OSError) -> None:
        why = "the disk is full" if error.errno == errno.ENOSPC else error.strerror
        self._status_log.problem(
            "spool", f"{self._folder} cannot be used ({why}): frames wait in memory only"
        )


def _found(folder: Path) -> dict[str, int]:
    """Return the frames of an earlier run with their sizes, and delete its unfinished files."""
    for part in folder.glob("*.part"):
        part.unlink()
    return {
        path.name: path.stat().st_size for path in folder.glob("*.jpg") if FRAME_NAME.fullmatch(path.name)
    }


def _locked(path: Path) -> int:
    guard = os.open(str(path), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(guard)
        raise SpoolInUse(
            f"another process uses {path.parent}: stop it, or set `spool` to another folder for this one"
        ) from None
    return guard


def _sync(folder: Path) -> None:
    descriptor = os.open(str(folder), os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
