"""A connection to AWS that can be cut: TCP on 127.0.0.1, forwarded byte by byte."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit


class Line:
    """Forwards its own address to a service's. While it is cut, connections break and new ones are closed."""

    def __init__(self, listening: socket.socket, service: tuple[str, int]) -> None:
        self._listening = listening
        self._service = service
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._is_cut = False
        self.refused = 0
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}"

    def cut(self) -> None:
        """Break all connections."""
        with self._lock:
            self._is_cut = True
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        """Forward again."""
        with self._lock:
            self._is_cut = False

    def serve(self) -> None:
        """Accept connections until the listening socket is closed."""
        with suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                threading.Thread(target=self._join, args=(near,), daemon=True).start()

    def _join(self, near: socket.socket) -> None:
        with near, suppress(OSError), socket.create_connection(self._service) as far:
            with self._lock:
                if self._is_cut:
                    self.refused += 1
                    return
                self._open |= {near, far}
            back = threading.Thread(target=_copy, args=(far, near), daemon=True)
            back.start()
            _copy(near, far)
            back.join()
            with self._lock:
                self._open -= {near, far}


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


@contextmanager
def line_to(url: str) -> Iterator[Line]:
    """A line to the service at this address."""
    parts = urlsplit(url)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        line = Line(listening, (str(parts.hostname), int(parts.port or 80)))
        threading.Thread(target=line.serve, daemon=True).start()
        try:
            yield line
        finally:
            line.cut()
            listening.shutdown(socket.SHUT_RDWR)
