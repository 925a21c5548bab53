"""An RTSP client that sends any bytes."""

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

TCP = "RTP/AVP/TCP;unicast;interleaved=0-1"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Client:
    """A connection. `frames` are the interleaved frames received: (channel, packet)."""

    connection: socket.socket
    url: str
    frames: list[tuple[int, bytes]] = field(default_factory=list)
    said: int = 0

    def __post_init__(self) -> None:
        self._file = self.connection.makefile("rb")

    def ask(self, method: str, path: str = "door", body: bytes = b"", /, **headers: str) -> Answer:
        self.say(method, path, body, **headers)
        answer = self.answer()
        assert answer.headers["cseq"] == str(self.said)
        return answer

    def say(self, method: str, path: str = "door", body: bytes = b"", /, **headers: str) -> None:
        self.said += 1
        uri = path if path == "*" else f"{self.url}/{path}"
        lines = [f"{method} {uri} RTSP/1.0", f"CSeq: {self.said}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        lines += [f"Content-Length: {len(body)}"] if body else []
        self.connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)

    def answer(self) -> Answer:
        """The next response; the interleaved frames before it are kept."""
        while (first := self._file.read(1)) == b"$":
            self._keep()
        status = int((first + self._file.readline()).split()[1])
        headers = {}
        while line := self._file.readline().strip().decode():
            name, _, value = line.partition(": ")
            headers[name.lower()] = value
        return Answer(status, headers, self._file.read(int(headers.get("content-length", "0"))))

    def frame(self) -> tuple[int, bytes]:
        """The next interleaved frame."""
        assert self._file.read(1) == b"$"
        return self._keep()

    def rest(self) -> bytes:
        """All bytes until the server closes the connection."""
        rest = b""
        try:
            while data := self._file.read(65_536):
                rest += data
        except ConnectionResetError:
            pass
        return rest

    def playing(self, transport: str = TCP) -> str:
        """Send SETUP and PLAY; the session id."""
        session = self.set_up(transport)
        assert self.ask("PLAY", Session=session).status == 200
        return session

    def set_up(self, transport: str = TCP) -> str:
        """Send SETUP; the session id."""
        answer = self.ask("SETUP", "door/trackID=0", Transport=transport)
        assert answer.status == 200
        return answer.headers["session"].partition(";")[0]

    def close(self) -> None:
        self._file.close()

    def _keep(self) -> tuple[int, bytes]:
        head = self._file.read(3)
        self.frames.append((head[0], self._file.read(int.from_bytes(head[1:], "big"))))
        return self.frames[-1]


@contextmanager
def client(port: int) -> Iterator[Client]:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        rtsp = Client(connection, f"rtsp://127.0.0.1:{port}")
        try:
            yield rtsp
        finally:
            rtsp.close()
