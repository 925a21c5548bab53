"""As much of an MQTT 3.1.1 broker as one unit needs, over TLS: it notes what is published.

http://docs.oasis-open.org/mqtt/mqtt/v3.1.1/os/mqtt-v3.1.1-os.html; numbers of sections below.
"""

import socket
import ssl
from dataclasses import dataclass, field
from threading import Thread
from types import TracebackType
from typing import Any, Self

CONNECT, PUBLISH, PINGREQ, DISCONNECT = 1, 3, 12, 14


@dataclass
class Broker:
    """Serves one connection after the other; `refusal` is CONNACK's return code (3.2.2.3), 0 lets in.

    With `cuts` it ends the connection of whoever publishes, as AWS IoT does where a policy forbids it.
    """

    context: ssl.SSLContext
    refusal: int = 0
    cuts: bool = False
    clients: list[tuple[str, str]] = field(default_factory=list)
    """Client id, and the name in the certificate."""
    published: list[tuple[str, str]] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            try:
                with self.context.wrap_socket(connection, server_side=True) as secured:
                    self._talk(secured)
            except OSError:  # a client that was refused, or has gone
                continue

    def _talk(self, connection: ssl.SSLSocket) -> None:
        while packet := _packet(connection):
            kind, body = packet
            if kind == CONNECT:
                self.clients.append((_text(body[10:]), _name(connection)))
                connection.sendall(bytes([0x20, 2, 0, self.refusal]))
            elif kind == PUBLISH:
                topic = _text(body)
                self.published.append((topic, body[2 + len(topic.encode()) :].decode()))
                if self.cuts:
                    return
            elif kind == PINGREQ:
                connection.sendall(b"\xd0\0")
            elif kind == DISCONNECT:
                return


def _packet(connection: ssl.SSLSocket) -> tuple[int, bytes] | None:
    """The next control packet's type and all behind its fixed header (2.2); None at the end."""
    if not (first := connection.recv(1)):
        return None
    length, shift = 0, 0
    while True:
        digit = connection.recv(1)[0]
        length |= (digit & 0x7F) << shift
        shift += 7
        if not digit & 0x80:
            break
    body = b""
    while len(body) < length:
        body += connection.recv(length - len(body))
    return first[0] >> 4, body


def _name(connection: ssl.SSLSocket) -> str:
    certificate = connection.getpeercert()
    assert certificate
    subject: Any = certificate["subject"]
    return str(subject[0][0][1])


def _text(data: bytes) -> str:
    """A string with its length before it (1.5.3)."""
    return data[2 : 2 + int.from_bytes(data[:2], "big")].decode()
