"""Calls over a plain socket, so that a test controls every byte and header."""

import hashlib
import json
import socket
from collections.abc import Iterator, Mapping
from select import select
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.infra.local.kvs.arbitrary_media import HEADER, TAGS, fragment

PATH = "/putMedia"
TESTING = "testing"


class LiteralSigV4(SigV4Auth):
    """Signs exactly the headers of the request, including hop-by-hop headers, with a given payload hash."""

    def __init__(self, secret: str, key: str, payload_hash: str) -> None:
        super().__init__(Credentials(key, secret), "kinesisvideo", "us-east-1")
        self._payload_hash = payload_hash

    def headers_to_sign(self, request: Any) -> Any:
        unsigned = ("x-amz-security-token", "expect", "content-type")
        headers = super().headers_to_sign(request)
        for name, value in request.headers.items():
            if name.lower() not in headers:
                headers[name.lower()] = value
        for name in unsigned:
            del headers[name]
        return headers

    def payload(self, request: Any) -> str:
        return self._payload_hash


EMPTY_HASH = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


class RawPutMedia:
    """A connection. `headers` are added to those of Amazon's producer; None removes a header."""

    def __init__(
        self,
        url: str,
        headers: Mapping[str, str | None] | None = None,
        *,
        secret: str = TESTING,
        key: str = TESTING,
        payload_hash: str = EMPTY_HASH,
        path: str = PATH,
    ) -> None:
        address = urlsplit(url)
        self._socket = socket.create_connection((address.hostname, address.port), timeout=10)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._received = b""
        self._response = b""
        sent: dict[str, str | None] = {
            "Host": "127.0.0.1",  # without its port, like Amazon's producer
            "connection": "keep-alive",
            "transfer-encoding": "chunked",
            "content-type": "application/json",
            "user-agent": "AWS-SDK-KVS/3.6.0",
            "x-amzn-fragment-acknowledgment-required": "1",
            "x-amzn-fragment-timecode-type": "ABSOLUTE",
            "x-amzn-producer-start-timestamp": "1795393011.685",
            "x-amzn-stream-name": "entrance",
            **(headers or {}),
        }
        request = AWSRequest(
            "POST", url + path, headers={name: value for name, value in sent.items() if value is not None}
        )
        LiteralSigV4(secret, key, payload_hash).add_auth(request)
        self.authorization: str = request.headers["Authorization"]
        head = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
        self._socket.sendall(f"POST {path} HTTP/1.1\r\n{head}\r\n".encode())

    def send(self, data: bytes) -> None:
        """Send a chunk."""
        self._socket.sendall(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    def send_all(self, data: bytes, chunk: int) -> None:
        """Send `data` in chunks of this size."""
        for start in range(0, len(data), chunk):
            self.send(data[start : start + chunk])

    def send_for(self, seconds: float, data: bytes, most: int) -> int:
        """Send up to `most` bytes; how many the service accepts before it accepts none for `seconds`."""
        self._socket.settimeout(seconds)
        for sent in range(0, most, len(data)):
            try:
                self.send(data)
            except TimeoutError:
                return sent
        return most

    def is_quiet(self, seconds: float) -> bool:
        """Whether neither data nor the end of the connection arrives for so long."""
        readable, _, _ = select([self._socket], [], [], seconds)
        return not readable and not self._received

    def finish(self) -> None:
        """Send the terminating chunk."""
        self._socket.sendall(b"0\r\n\r\n")

    def read_continue(self) -> str:
        """The interim response, without its empty line."""
        return self._until(b"\r\n\r\n").decode()

    def read_head(self) -> tuple[int, dict[str, str]]:
        """Status and headers (lower case) of the response."""
        first, *lines = self._until(b"\r\n\r\n").decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines)
        return int(first.split()[1]), headers

    def read_error(self) -> tuple[int, str, dict[str, Any]]:
        """Status, exception and body of an error response."""
        status, headers = self.read_head()
        while len(self._received) < int(headers["content-length"]):
            self._receive()
        return status, headers["x-amzn-errortype"], json.loads(self._received)

    def acks(self) -> Iterator[dict[str, Any]]:
        """Acknowledgements as they arrive, until the end of the response."""
        for chunk in self._chunks():
            self._response += chunk
            while b"\n" in self._response:
                line, self._response = self._response.split(b"\n", 1)
                yield json.loads(line)

    def read_response(self) -> bytes:
        """The rest of the response body."""
        return b"".join(self._chunks())

    def abort(self) -> None:
        """Break the connection."""
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self._until(b"\r\n"), 16):
            while len(self._received) < size + 2:
                self._receive()
            chunk, self._received = self._received[:size], self._received[size + 2 :]
            yield chunk

    def _until(self, end: bytes) -> bytes:
        while end not in self._received:
            self._receive()
        line, self._received = self._received.split(end, 1)
        return line

    def _receive(self) -> None:
        data = self._socket.recv(65536)
        if not data:
            raise EOFError(f"the service closed the connection after {self._received!r}")
        self._received += data


class RawCall:
    """A signed call with a JSON body, as Amazon's producer makes it, on its own connection."""

    def __init__(self, url: str, path: str, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        address = urlsplit(url)
        self.socket = socket.create_connection((address.hostname, address.port), timeout=10)
        sent = {"Host": "127.0.0.1", "user-agent": "AWS-SDK-KVS/3.6.0", **(headers or {})}
        request = AWSRequest("POST", url + path, headers=sent)
        LiteralSigV4(TESTING, TESTING, hashlib.sha256(body).hexdigest()).add_auth(request)
        request.headers["content-type"] = "application/json"
        request.headers["content-length"] = str(len(body))
        head = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
        self.socket.sendall(f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + body)

    def read(self, seconds: float = 10.0) -> bytes:
        """All bytes until the service ends the connection. Raises TimeoutError if it does not."""
        self.socket.settimeout(seconds)
        received = b""
        while data := self.socket.recv(65536):
            received += data
        return received

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.socket.close()


def said(acks: Iterator[dict[str, Any]], count: int) -> list[str]:
    """The types of the next `count` acknowledgements."""
    return [next(acks)["EventType"] for _ in range(count)]


def put(url: str, *timecodes: int) -> list[str]:
    """Send a fragment with a tag at each of `timecodes` in one connection; their numbers."""
    with RawPutMedia(url) as connection:
        connection.read_head()
        connection.send(HEADER + b"".join(fragment(timecode) + TAGS for timecode in timecodes))
        connection.finish()
        numbers = [ack["FragmentNumber"] for ack in connection.acks() if ack["EventType"] == "RECEIVED"]
    assert len(numbers) == len(timecodes)
    return numbers
