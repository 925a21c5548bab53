"""The local display: writes MJPEG into a FIFO while somebody reads it.

mplayer -demuxer lavf -lavfdopts format=mjpeg:probesize=32 /run/store-occupancy/display.mjpeg
"""

from __future__ import annotations

import errno
import os
import select
import stat
from pathlib import Path
from threading import Event
from typing import Callable

from deeplens.camera.picture import Picture, jpeg, scaled
from deeplens.common.status_log import StatusLog

QUALITY = 80
GLANCE = 0.5
"""Seconds between two checks for a reader."""
PACE = 0.1
"""Seconds between two pictures."""


class UnusableFifo(OSError):
    """The path of the FIFO is another kind of file."""


class Display:
    """The work of one thread; `latest` returns the picture to show, or None. Nobody waits for it."""

    def __init__(
        self, path: Path, height: int, latest: Callable[[], Picture | None], status_log: StatusLog
    ) -> None:
        self._path, self._height, self._latest, self._status_log = path, height, latest, status_log
        self.watched = False
        """Whether somebody reads the FIFO."""

    def run(self, stopping: Event) -> None:
        """Serve one reader after another until `stopping`."""
        while not stopping.wait(GLANCE):
            try:
                fifo = _opened(self._path)
                self._status_log.fine("display")
            except OSError as error:
                self._status_log.problem(
                    "display", f"nothing is shown at {self._path}: {error.strerror or error}"
                )
                continue
            if fifo is None:
                continue
            self.watched = True
            try:
                self._show(fifo, stopping)
            finally:
                self.watched = False
                os.close(fifo)

    def _show(self, fifo: int, stopping: Event) -> None:
        """Write pictures until the reader leaves."""
        while not stopping.wait(PACE):
            picture = self._latest()
            if _left(fifo):
                return
            if picture is None:
                continue
            try:
                _write(fifo, jpeg(scaled(picture, self._height), QUALITY), stopping)
            except BrokenPipeError:
                return


def _opened(path: Path) -> int | None:
    """Create the FIFO if needed and open it for writing; None while nobody reads. Raises OSError."""
    if not path.exists():
        os.mkfifo(str(path), 0o640)
    if not stat.S_ISFIFO(path.stat().st_mode):
        raise UnusableFifo("it is not a FIFO: remove it, or set `display_fifo` to another path")
    try:
        return os.open(str(path), os.O_WRONLY | os.O_NONBLOCK)
    except OSError as error:
        if error.errno == errno.ENXIO:  # a FIFO without a reader
            return None
        raise


def _left(fifo: int) -> bool:
    poll = select.poll()
    poll.register(fifo, select.POLLERR)
    return any(events & select.POLLERR for _, events in poll.poll(0))


def _write(fifo: int, data: bytes, stopping: Event) -> None:
    """Write all data as fast as the reader takes it. Raises BrokenPipeError."""
    rest = memoryview(data)
    while rest and not stopping.is_set():
        _, writable, _ = select.select([], [fifo], [], GLANCE)
        if writable:
            rest = rest[os.write(fifo, rest) :]
