import random
from pathlib import Path
from typing import Any

import av
import pytest

from ingest.gateway.capture.camera_capture import CameraCapture, CaptureDependencies
from ingest.gateway.config.addresses import Address
from ingest.gateway.config.sending import Send
from ingest.gateway.spool.spool import Bounds, Spool
from ingest.gateway.timing.wall_clock import WallClock
from ingest.gateway.uplink.documents import divide
from tests.credentials import OTHER_PASSWORD, USER
from tests.ingest.gateway.fake_clock import CLOCK, installed
from tests.ingest.gateway.full_disk import on_full_disk
from tests.ingest.gateway.reading import blocks, dependencies, reading, until
from tests.ingest.gateway.videos import Made, packets, write

pytestmark = pytest.mark.usefixtures("fake_clock")


@pytest.mark.parametrize("b_frames", [0, 2])
@pytest.mark.parametrize("send", Send)
def test_a_file_is_played_in_real_time_again_and_again(tmp_path: Path, send: Send, b_frames: int) -> None:
    path = tmp_path / "v.mp4"
    write(path, Made(frames=30, gop=10, b_frames=b_frames))
    spool, wall = Spool(tmp_path / "spool", Bounds(10_000_000)), WallClock(CLOCK)
    began = wall.now_ms()

    with reading(CameraCapture(Address(str(path)), send, dependencies(spool))) as capture:
        until(lambda: len(spool) >= (3 if send is Send.ALL else 2))
        assert capture.status.state == "live"
        assert (capture.status.video.width, capture.status.video.height, capture.status.video.codec) == (
            160,
            96,
            "H.264",
        )

    source = [packet for packet in packets(path) if packet[2] or send is Send.ALL]
    played = blocks(spool)
    assert len(played) > len(source)
    for number, (time, frame, keyframe) in enumerate(played):
        round_, place = divmod(number, len(source))
        assert (frame, keyframe) == source[place][1:]
        assert abs(time - played[0][0] - round_ * 1200 - source[place][0]) <= 1
    assert 0 <= played[0][0] - began < 5_000


def test_a_camera_that_is_not_there_is_named_and_asked_again(tmp_path: Path) -> None:
    spool = Spool(tmp_path, Bounds(1000))
    address = Address(f"rtsp://{USER}:{OTHER_PASSWORD}@127.0.0.1:1/door")

    with reading(CameraCapture(address, Send.ALL, dependencies(spool))) as capture:
        until(lambda: capture.status.openings >= 2)
        assert capture.status.state == "failing"
        assert capture.status.problem == "rtsp://127.0.0.1:1/door refuses the connection: is that its port?"
    assert OTHER_PASSWORD not in repr(address)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("v.mp4", b"", "is not a video that can be read"),
        ("v.mp4", b"no video " * 100, "is not a video that can be read"),
        (
            "notes.txt",
            b"cameras of the shop\n" * 1000,
            "is a text file, not a video: give the address of its video",
        ),
    ],
)
def test_what_is_no_video_is_named(tmp_path: Path, name: str, content: bytes, sentence: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with reading(
        CameraCapture(Address(str(path)), Send.ALL, dependencies(Spool(tmp_path / "s", Bounds(1))))
    ) as capture:
        until(lambda: capture.status.state == "failing")
        assert capture.status.problem == f"{path} {sentence}"


def test_a_codec_that_kvs_does_not_take_is_named(tmp_path: Path) -> None:
    path = tmp_path / "v.avi"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mjpeg", rate=5)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuvj420p"
        for number in range(5):
            frame = av.VideoFrame(64, 64, "yuvj420p")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with reading(
        CameraCapture(Address(str(path)), Send.ALL, dependencies(Spool(tmp_path / "s", Bounds(1))))
    ) as capture:
        until(lambda: capture.status.state == "failing")
        assert "sends mjpeg, but KVS takes H.264 and H.265: set one of them as its video encoding" in str(
            capture.status.problem
        )


def test_outside_the_opening_hours_the_camera_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "v.mp4"
    write(path, Made(frames=50))
    wanted = False
    dependencies = CaptureDependencies(
        Spool(tmp_path / "s", Bounds(1_000_000)), WallClock(CLOCK), lambda: wanted
    )
    capture = CameraCapture(Address(str(path)), Send.ALL, dependencies)

    with reading(capture):
        until(lambda: capture.status.state == "closed")
        assert capture.status.openings == 0
    assert len(dependencies.spool) == 0


def test_a_reader_that_was_abandoned_no_longer_changes_the_status(tmp_path: Path) -> None:
    def is_wanted() -> bool:
        capture.stop()
        capture.leave()
        return False

    spool = Spool(tmp_path / "s", Bounds(1_000_000))
    dependencies = CaptureDependencies(spool, WallClock(CLOCK), is_wanted)
    capture = CameraCapture(Address(str(tmp_path / "v.mp4")), Send.ALL, dependencies)

    capture.run()

    assert capture.status.state == "stopped"


def test_another_size_in_mid_stream_is_another_track_and_a_clock_that_jumps_another_anchor(
    tmp_path: Path,
) -> None:
    """Two recordings in one: the second is bigger, and its clock starts before the first one ends."""
    path, part = tmp_path / "v.ts", tmp_path / "part.ts"
    for size in ((160, 96), (320, 192)):
        write(part, Made(frames=60, gop=25, size=size))
        with path.open("ab") as whole:
            whole.write(part.read_bytes())
    spool = Spool(tmp_path / "spool", Bounds(10_000_000))

    with reading(CameraCapture(Address(str(path)), Send.ALL, dependencies(spool))) as capture:
        until(lambda: capture.status.video.width == 320 and len(spool) >= 4)
    tracks, number, times = [], 0, []
    while (entry := spool.after(number)) is not None:
        number = entry.number
        tracks.append(divide(spool.read(entry)).tracks)
        times.append(entry.first_ms)

    assert len(set(tracks)) == 2
    assert tracks.index(tracks[-1]) == len(tracks) - tracks.count(tracks[-1])
    assert max(times) - min(times) < 60_000


def test_garbage_between_the_packets_does_not_end_a_camera(tmp_path: Path) -> None:
    path = tmp_path / "v.ts"
    write(path, Made(frames=75, gop=25))
    data = bytearray(path.read_bytes())
    chance = random.Random(5)
    for start in range(len(data) // 3, len(data) // 2, 188):
        data[start + 4 : start + 188] = chance.randbytes(184)
    path.write_bytes(data)
    spool = Spool(tmp_path / "spool", Bounds(10_000_000))

    with reading(CameraCapture(Address(str(path)), Send.ALL, dependencies(spool))) as capture:
        until(lambda: len(spool) >= 3)
        assert capture.status.openings == 1


def capture_in_vain(directory: Path) -> dict[str, Any]:
    spool = Spool(directory / "spool", Bounds(10_000_000))
    capture = CameraCapture(Address(str(directory / "v.mp4")), Send.ALL, dependencies(spool))
    with pytest.MonkeyPatch.context() as monkeypatch:
        installed(monkeypatch)
        with reading(capture):
            until(lambda: len(spool) >= 2)
    return {"failure": spool.failure, "blocks": len(blocks(spool))}


def test_a_full_disk_does_not_end_a_camera(tmp_path: Path) -> None:
    write(tmp_path / "v.mp4", Made(frames=50, gop=25))
    found = on_full_disk(capture_in_vain, tmp_path)

    assert "cannot be written" in str(found["failure"])
    assert found["blocks"] > 0
