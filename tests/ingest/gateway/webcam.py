"""Webcams without hardware: a pipe with MJPEG, and a driver's answers about its formats."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.ingest.gateway.videos import jpeg


class Webcam:
    """Writes `frame` repeatedly to each reader of its pipe; FFmpeg's format for that is `mjpeg`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.frame = jpeg()
        self.plugged = threading.Event()
        self.plugged.set()
        self.is_read = False
        self._closing = threading.Event()
        os.mkfifo(path)

    def run(self) -> None:
        """Write until it is closed."""
        while not self._closing.is_set():
            self.plugged.wait()
            with suppress(BrokenPipeError), self.path.open("wb", buffering=0) as pipe:
                self.is_read = True
                while self.plugged.is_set() and not self._closing.is_set():
                    pipe.write(self.frame)
                    time.sleep(0.002)  # its pace
            self.is_read = False

    def close(self) -> None:
        """End `run`, even while nobody reads."""
        self._closing.set()
        self.plugged.set()
        with suppress(OSError):
            os.close(os.open(self.path, os.O_RDONLY | os.O_NONBLOCK))


@contextmanager
def webcam(path: Path) -> Iterator[Webcam]:
    """A webcam that is connected."""
    made = Webcam(path)
    thread = threading.Thread(target=made.run)
    thread.start()
    try:
        yield made
    finally:
        while thread.is_alive():
            made.close()
            thread.join(0.05)
