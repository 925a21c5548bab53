"""An RTSP camera that sends what a test says, well-formed or not: RTP over TCP (RFC 2326, RFC 6184)."""

import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import BytesIO
from itertools import count

from ingest.gateway.capture.framing import nal_units
from tests.ingest.gateway.videos import Made, write

SDP = (
    "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=camera\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1\r\na=control:track\r\n"
)
SPS, PPS, SLICES = 7, 8, (1, 5)


@dataclass(frozen=True)
class Unit:
    """An access unit: its time by the camera's clock, in seconds, and its NAL units."""

    time: float
    units: tuple[bytes, ...]

    def without(self, *kinds: int) -> "Unit":
        """Without the NAL units of these types."""
        return Unit(self.time, tuple(unit for unit in self.units if unit[0] & 0x1F not in kinds))


Script = Callable[[], Iterable[Unit | bytes]]
"""Units, or bytes that are sent as they are."""

SENDER_REPORT = b"$\1\0\x1c" + struct.pack(">BBHIIIIII", 0x80, 200, 6, 7, 0, 0, 0, 0, 0)
"""RTCP (RFC 3550, section 6.4.1), interleaved."""


def filmed(made: Made) -> list[Unit]:
    """A video's access units from time 0, with parameter sets before each keyframe."""
    sink = BytesIO()
    write(sink, made, "h264")
    found: list[Unit] = []
    held: list[bytes] = []
    for unit in nal_units(sink.getvalue()):
        held.append(unit)
        if unit[0] & 0x1F in SLICES:
            found.append(Unit(len(found) / made.rate, tuple(held)))
            held = []
    return found


def for_ever(film: Sequence[Unit], rate: int = 25) -> Iterator[Unit]:
    """Repeat the film with times that go on rising."""
    for number in count():
        access_unit = film[number % len(film)]
        yield Unit(number / rate, access_unit.units)


def rtp(units: Iterable[Unit]) -> Iterator[bytes]:
    """As interleaved packets; each NAL unit fits into one."""
    number = 0
    for access_unit in units:
        for unit in access_unit.units:
            marker = 0x80 if unit is access_unit.units[-1] else 0
            head = struct.pack(
                ">BBHII", 0x80, 96 | marker, number & 0xFFFF, round(access_unit.time * 90_000) & 0xFFFFFFFF, 7
            )
            packet = head + unit
            yield b"$\0" + struct.pack(">H", len(packet)) + packet
            number += 1


@contextmanager
def scripted_camera(script: Script, rate: float = 25.0) -> Iterator[int]:
    """The port of a camera that plays the script to each client at `rate` units a second, then is silent."""
    ended = threading.Event()

    def serve() -> None:
        with suppress(OSError):
            while True:
                peer, _ = server.accept()
                threading.Thread(target=_answer, args=(peer, script, rate, ended), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as server:
        serving = threading.Thread(target=serve, daemon=True)
        serving.start()
        try:
            yield server.getsockname()[1]
        finally:
            ended.set()
            server.shutdown(socket.SHUT_RDWR)
            serving.join()


def _answer(peer: socket.socket, script: Script, rate: float, ended: threading.Event) -> None:
    with peer, suppress(OSError), peer.makefile("rb") as requests:
        while line := requests.readline():
            method = line.split(b" ", 1)[0].decode("ascii", "replace")
            head = b"".join(iter(requests.readline, b"\r\n")).decode()
            number = re.search(r"CSeq: *(\d+)", head, re.IGNORECASE)
            if number is None:
                return
            peer.sendall(_response(method, number[1]))
            if method == "PLAY":
                _play(peer, script, rate, ended)
                ended.wait()
                return


def _play(peer: socket.socket, script: Script, rate: float, ended: threading.Event) -> None:
    begun = time.monotonic()
    for place, access_unit in enumerate(script()):
        if ended.wait(max(0.0, begun + place / rate - time.monotonic())):
            return
        peer.sendall(access_unit if isinstance(access_unit, bytes) else b"".join(rtp([access_unit])))


def _response(method: str, number: str) -> bytes:
    head = f"RTSP/1.0 200 OK\r\nCSeq: {number}\r\nSession: 1\r\n"
    if method == "OPTIONS":
        return f"{head}Public: OPTIONS, DESCRIBE, SETUP, PLAY\r\n\r\n".encode()
    if method == "DESCRIBE":
        return f"{head}Content-Type: application/sdp\r\nContent-Length: {len(SDP)}\r\n\r\n{SDP}".encode()
    if method == "SETUP":
        return f"{head}Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n".encode()
    return f"{head}\r\n".encode()
