"""The gateway against a real RTSP server: that of GStreamer, out of Debian's packages."""

import asyncio
import hashlib
import random
import socket
from collections.abc import Sequence
from pathlib import Path
from threading import Event, Thread
from urllib.parse import quote

import pytest

from ingest.gateway.capture.camera_capture import CameraCapture
from ingest.gateway.capture.capture_status import CaptureStatus
from ingest.gateway.capture.framing import CODECS
from ingest.gateway.capture.source import opened
from ingest.gateway.config.addresses import Address
from ingest.gateway.config.camera_tls import Tls
from ingest.gateway.config.sending import Send
from ingest.gateway.spool.spool import Spool
from tests.credentials import OTHER_PASSWORD, PASSWORD, USER
from tests.ingest.gateway.conftest import Kvs, until_empty
from tests.ingest.gateway.reading import dependencies, play, reading, until
from tests.ingest.gateway.rtsp import camera, needs_rtsp_server
from tests.ingest.gateway.tls_server import certificate, tls_before
from tests.ingest.gateway.videos import Made, packets, write

pytestmark = [pytest.mark.system, needs_rtsp_server]


def pictures(codec: str, frame: bytes) -> str:
    """A hash of the frame's slices: parameter sets and delimiters are the track's and the transport's."""
    kept, position = b"", 0
    while position < len(frame):
        end = position + 4 + int.from_bytes(frame[position : position + 4], "big")
        unit = frame[position + 4 : end]
        if CODECS[codec].kind(unit) not in {*CODECS[codec].sets, CODECS[codec].delimiter}:
            kept += unit
        position = end
    return hashlib.sha256(kept).hexdigest()


@pytest.fixture
def rig(kvs: Kvs, spool: Spool) -> tuple[Kvs, Spool]:
    return kvs, spool


def compared(codec: str, sent: Sequence[tuple[int, bytes, bool]]) -> list[tuple[int, str, bool]]:
    start = sent[0][0]
    return [(time - start, pictures(codec, frame), keyframe) for time, frame, keyframe in sent]


@pytest.mark.parametrize("send", Send)
@pytest.mark.parametrize(
    ("made", "name", "auth"),
    [
        (Made("libx264", frames=100, gop=20), "h264", "digest"),
        (Made("libx264", frames=100, gop=20, b_frames=2), "h264", "basic"),
        (Made("libx265", frames=100, gop=20), "hevc", "digest"),
    ],
    ids=["h264", "h264 with B-frames", "hevc"],
)
def test_what_the_camera_sends_is_in_kvs_packet_by_packet(
    rig: tuple[Kvs, Spool], tmp_path: Path, made: Made, name: str, auth: str, send: Send
) -> None:
    video = tmp_path / "v.mp4"
    kvs, spool = rig
    write(video, made)
    with camera(video, name, "--auth", auth) as port:
        address = Address(f"rtsp://{USER}:{quote(PASSWORD, safe='')}@127.0.0.1:{port}/door")
        play(kvs, spool, address, send)

    source = [packet for packet in packets(video) if packet[2] or send is Send.ALL]
    expected, found = compared(name, source), compared(name, kvs.blocks())
    assert [entry[1:] for entry in found] == [entry[1:] for entry in expected]
    assert all(abs(got[0] - made[0]) <= 1 for got, made in zip(found, expected, strict=True))


def test_over_tls_a_camera_with_a_password_is_read(tmp_path: Path) -> None:
    video = tmp_path / "v.mp4"
    write(video, Made(frames=50, gop=10))
    authority, server = certificate(tmp_path)

    def read(port: int) -> list[bytes]:
        url = f"rtsps://{USER}:{quote(PASSWORD, safe='')}@127.0.0.1:{port}/door"
        with opened(Address(url, tls=Tls(ca_file=authority)), Event()) as source:
            return [bytes(packet.data) for packet in source.packets]

    async def run() -> list[bytes]:
        with camera(video, "h264", "--auth", "digest") as plain:
            async with tls_before(plain, server) as port:
                return await asyncio.to_thread(read, port)

    assert len(asyncio.run(run())) == 50


def test_over_udp_what_is_lost_is_lost_and_nothing_is_refused(kvs: Kvs, spool: Spool, tmp_path: Path) -> None:
    video = tmp_path / "v.mp4"
    write(video, Made(frames=200, gop=20))
    with camera(video, "h264", "--drop", "20") as port:
        capture = play(kvs, spool, Address(f"rtsp://127.0.0.1:{port}/door", "udp"), Send.ALL)

    found = kvs.blocks()
    assert 100 < len(found) < 200
    assert spool.dropped_count == 0
    assert capture.status.rates.lost > 0


@pytest.mark.parametrize(
    ("path", "word", "sentence"),
    [
        ("door", OTHER_PASSWORD, "refuses the user name or password"),
        ("cellar", PASSWORD, "has no such path: see the camera's manual for the path of its stream"),
    ],
)
def test_what_is_wrong_is_named_without_the_password(
    spool: Spool, tmp_path: Path, path: str, word: str, sentence: str
) -> None:
    video = tmp_path / "v.mp4"
    write(video, Made(frames=5))
    with camera(video, "h264", "--auth", "digest") as port:
        address = Address(f"rtsp://{USER}:{quote(word, safe='')}@127.0.0.1:{port}/{path}")
        with reading(CameraCapture(address, Send.ALL, dependencies(spool))) as capture:
            until(lambda: capture.status.state == "failing")

    assert capture.status.problem == f"rtsp://127.0.0.1:{port}/{path} {sentence}"


def test_a_frame_of_several_slices_is_one_frame(kvs: Kvs, spool: Spool, tmp_path: Path) -> None:
    """Although GStreamer's payloader repeats the parameter sets before each of them."""
    video = tmp_path / "v.mp4"
    write(video, Made(frames=60, gop=20, slices=3))
    with camera(video, "h264") as port:
        play(kvs, spool, Address(f"rtsp://127.0.0.1:{port}/door"), Send.ALL)

    assert compared("h264", kvs.blocks()) == compared("h264", packets(video))


def test_a_camera_that_is_gone_and_back_is_opened_again(
    kvs: Kvs, spool: Spool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its plug is pulled at random points; what it sends between is in KVS."""
    monkeypatch.setattr("ingest.gateway.capture.camera_capture.FIRST_RETRY", 0.1)
    video = tmp_path / "v.mp4"
    write(video, Made(frames=500, gop=10))
    chance = random.Random(11)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = str(probe.getsockname()[1])

    async def run() -> CaptureStatus:
        capture = CameraCapture(Address(f"rtsp://127.0.0.1:{port}/door"), Send.ALL, dependencies(spool))
        thread = Thread(target=capture.run, name="camera-door")
        thread.start()
        async with kvs.publisher(spool), asyncio.timeout(90):
            for _ in range(5):
                with camera(video, "h264", "--port", port):
                    while capture.status.state != "live":
                        await asyncio.sleep(0.02)
                    await asyncio.sleep(1 + 2 * chance.random())
                while capture.status.state == "live":
                    await asyncio.sleep(0.02)
            capture.stop()
            await until_empty(spool)
            await asyncio.to_thread(thread.join)
        return capture.status

    seen = asyncio.run(run())
    assert seen.openings >= 5
    found = kvs.blocks()
    assert [time for time, *_ in found] == sorted({time for time, *_ in found})
    source = {pictures("h264", frame) for _, frame, _ in packets(video)}
    assert {pictures("h264", frame) for _, frame, _ in found} <= source
    assert len(found) > 5 * 20
