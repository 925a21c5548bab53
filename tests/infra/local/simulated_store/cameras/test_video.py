"""Real video as a camera: files that are copied or re-encoded, and videos that cannot be opened."""

import asyncio
import io
from collections.abc import AsyncIterator, Iterable
from itertools import islice
from pathlib import Path

import av
import pytest

from infra.local.simulated_store.body import body
from infra.local.simulated_store.cameras.media import EncodedFrame, Feed, UnopenableVideo
from infra.local.simulated_store.cameras.video import VideoSource, recording
from tests.infra.local.simulated_store.videos import make_video

START = 1_795_437_840_000


async def matroska(feed: Feed, frames: Iterable[EncodedFrame]) -> bytes:
    """The body for PutMedia."""

    async def each() -> AsyncIterator[EncodedFrame]:
        for frame in frames:
            yield frame

    return b"".join([part async for part in body(feed.track, each())])


def test_h264_stays_as_it_is(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4")
    frames = list(recording(str(path), START).frames)
    with av.open(str(path)) as container:
        packets = [bytes(packet) for packet in container.demux(video=0) if packet.size]
    assert [frame.data for frame in frames] == packets
    assert sorted(frame.time_ms for frame in frames) == [START + 100 * number for number in range(30)]
    assert sum(frame.keyframe for frame in frames) == 3


@pytest.mark.parametrize(
    ("name", "codec", "gop"), [("rare.mp4", "libx264", 50), ("old.avi", "mpeg4", 10), ("a.ts", "libx264", 10)]
)
def test_anything_else_is_encoded_anew(tmp_path: Path, name: str, codec: str, gop: int) -> None:
    path = make_video(tmp_path / name, codec, seconds=6, gop=gop)
    feed = recording(str(path), START)
    frames = list(feed.frames)
    assert feed.track.codec_id == "V_MPEG4/ISO/AVC"
    assert [frame.time_ms - START for frame in frames if frame.keyframe] == [1000 * n for n in range(6)]
    assert len(frames) == 60


def test_a_file_loops(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4", seconds=1)
    source = VideoSource("door", str(path))
    frames = list(islice(source.feed(lambda: START / 1000).frames, 25))
    assert [frame.keyframe for frame in frames].count(True) == 3
    assert sorted(frame.time_ms for frame in frames)[10] == START + 900 + 90


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("/nowhere/video.mp4", "video /nowhere/video.mp4 cannot be read: No such file or directory"),
        ("rtsp://127.0.0.1:1/?user=eve&pw=secret", "video rtsp://127.0.0.1:1/ cannot be read: Connection"),
        ("/dev/video99", "video /dev/video99 cannot be read: No such file or directory"),
        (
            "rtsp://eve:secret@127.0.0.1:1/cam",
            "video rtsp://127.0.0.1:1/cam cannot be read: Connection refused",
        ),
    ],
)
def test_what_cannot_be_opened_is_named_without_its_password(address: str, sentence: str) -> None:
    with pytest.raises(UnopenableVideo) as raised:
        VideoSource("door", address).feed(lambda: 0.0)
    assert str(raised.value).startswith(sentence)
    assert "secret" not in str(raised.value)


def test_a_file_that_is_no_video(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("no video at all")
    with pytest.raises(UnopenableVideo, match=r"notes\.txt cannot be read: Invalid data"):
        recording(str(path), START)


def test_the_body_is_matroska_with_a_cluster_for_each_keyframe(tmp_path: Path) -> None:
    feed = recording(str(make_video(tmp_path / "a.mp4")), START)
    data = asyncio.run(matroska(feed, feed.frames))
    assert data.count(bytes.fromhex("1F43B675")) == 3
    with av.open(io.BytesIO(data), "r") as container:
        times = [round((frame.time or 0) * 1000) for frame in container.decode(video=0)]
    assert times == [START + 100 * number for number in range(30)]
