import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.gateway.capture.opening import Unreadable
from ingest.gateway.capture.source import opened
from ingest.gateway.config.addresses import Address
from tests.credentials import OTHER_PASSWORD, TOKEN, USER

NO_RTSP = "is not a video that can be read: is that its port, or is it rtsps://?"

Peer = Callable[[socket.socket], None]


def silent(peer: socket.socket) -> None:
    while peer.recv(1000):
        pass


def garbage(peer: socket.socket) -> None:
    peer.recv(1000)
    peer.sendall(b"\0\1\2\3garbage" * 1000)


def a_web_server(peer: socket.socket) -> None:
    peer.recv(1000)
    peer.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\n")


def closes(peer: socket.socket) -> None:
    """At once."""


def overloaded(peer: socket.socket) -> None:
    head = dict(line.split(b": ", 1) for line in peer.recv(1000).splitlines()[1:-1])
    peer.sendall(b"RTSP/1.0 503 Service Unavailable\r\nCSeq: " + head[b"CSeq"] + b"\r\n\r\n")
    peer.recv(1000)


@pytest.mark.parametrize(
    ("peer", "sentence"),
    [
        (silent, "does not answer: is it on, and is that its address?"),
        (garbage, NO_RTSP),
        (a_web_server, NO_RTSP),
        (closes, NO_RTSP),
        (
            overloaded,
            "cannot be read (Server returned 5XX Server Error reply): is it on, and is that its address?",
        ),
    ],
)
def test_what_answers_on_a_cameras_address_is_named(
    monkeypatch: pytest.MonkeyPatch, peer: Peer, sentence: str
) -> None:
    monkeypatch.setattr("ingest.gateway.capture.opening.SILENCE_SECONDS", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                peer(connection)

        threading.Thread(target=answer, daemon=True).start()
        address = Address(f"rtsp://{USER}:{OTHER_PASSWORD}@127.0.0.1:{port}/door")
        begun = time.monotonic()
        with pytest.raises(Unreadable) as error, opened(address, threading.Event()):
            pass

    assert str(error.value) == f"rtsp://127.0.0.1:{port}/door {sentence}"
    assert time.monotonic() - begun < 30


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    address = Address(str(tmp_path / "none.mp4"))
    with pytest.raises(Unreadable, match=r"none\.mp4 does not exist"), opened(address, threading.Event()):
        pass


def test_a_password_is_in_no_representation() -> None:
    address = Address(f"rtsp://{USER}:{OTHER_PASSWORD}@host/stream?word={TOKEN}#part")

    assert repr(address).startswith("Address(transport='tcp', shown='rtsp://host/stream', ")
    assert "geheim" not in repr(address)
    assert "zeichen" not in repr(address)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("rtsp://no-such-host.invalid/a", "has an unknown host, 'no-such-host.invalid'"),
        (
            f"rtsp://{USER}:a/{OTHER_PASSWORD}@no-such-host.invalid/a",
            "percent-encode its password, or give it",
        ),
    ],
)
def test_a_host_that_is_mistyped_is_told_from_a_camera_that_is_off(url: str, sentence: str) -> None:
    with pytest.raises(Unreadable) as error, opened(Address(url), threading.Event()):
        pass

    assert sentence in str(error.value)
