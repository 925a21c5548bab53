"""Encodes moving pictures, decodes them for comparison and divides them into fragments for PutMedia."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import av
import numpy as np
from av.video.frame import VideoFrame

from infra.local.kvs.images.rendering import qscale
from ingest.jpeg import JpegEncoder
from ingest.kvs import mkv
from ingest.kvs.video import Track
from tests.infra.local.kvs.raw import RawPutMedia
from tests.ingest.video import CODEC_IDS, Codec

if TYPE_CHECKING:
    from av.container import InputContainer

GOP_MS = 1000


@dataclass(frozen=True)
class Block:
    """A coded frame; `time` is in milliseconds from the start of the film."""

    time: int
    keyframe: bool
    packet: bytes


@dataclass(frozen=True)
class Film:
    """Blocks in stream order with a keyframe each second, and the pictures that FFmpeg decodes, by time."""

    track: Track
    blocks: Sequence[Block]
    pictures: Mapping[int, VideoFrame]

    def jpeg(self, time: int, quality: int = 80) -> bytes:
        """The picture at `time`, encoded like the service does."""
        return JpegEncoder(qscale(quality)).encode(self.pictures[time])

    def fragments(self, start_ms: int) -> list[bytes]:
        """A cluster for each keyframe."""
        starts = [index for index, block in enumerate(self.blocks) if block.keyframe]
        return [
            cluster(start_ms, self.blocks[start:end]) for start, end in pairwise([*starts, len(self.blocks)])
        ]

    def body(self, start_ms: int) -> bytes:
        """The body that a producer sends."""
        return mkv.header([self.track]) + b"".join(self.fragments(start_ms))


def cluster(start_ms: int, blocks: Sequence[Block]) -> bytes:
    """A fragment of these blocks; its timecode is the time of the first."""
    begins = blocks[0].time
    return mkv.cluster(start_ms + begins) + b"".join(
        mkv.simple_block(1, block.time - begins, block.packet, keyframe=block.keyframe) for block in blocks
    )


def film(
    seconds: int, fps: int = 5, size: tuple[int, int] = (96, 80), codec: Codec = "libx264", seed: int = 1
) -> Film:
    """A film in which all frames differ; H.264 has B-frames."""
    sink = io.BytesIO()
    options = {
        "libx264": {"preset": "veryfast", "bf": "2", "b_strategy": "0", "g": str(fps), "sc_threshold": "0"},
        "libx265": {"preset": "ultrafast", "x265-params": f"log-level=none:keyint={fps}:open-gop=0"},
    }[codec]
    noise = np.random.default_rng(seed).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
    with av.open(sink, "w", format="matroska") as container:
        stream = container.add_stream(codec, rate=fps, options=options)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.codec_context.thread_count = 1
        for number in range(seconds * fps):
            picture = np.roll(noise // 2, 3 * number, axis=1) + np.uint8(number % 100)
            container.mux(stream.encode(VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    return _read(sink.getvalue(), codec)


def _read(matroska: bytes, codec: Codec) -> Film:
    with _opened(matroska) as container:
        context = container.streams.video[0].codec_context
        track = Track(1, CODEC_IDS[codec], context.extradata or b"", context.width, context.height)
        blocks = [
            Block(packet.pts, packet.is_keyframe, bytes(packet))
            for packet in container.demux(video=0)
            if packet.pts is not None and packet.size
        ]
    with _opened(matroska) as container:
        pictures = {frame.pts: frame for frame in container.decode(video=0) if frame.pts is not None}
    assert len(pictures) == len(blocks)
    return Film(track, blocks, pictures)


def _opened(matroska: bytes) -> "InputContainer":
    return av.open(io.BytesIO(matroska), "r", format="matroska")


def put_body(url: str, body: bytes) -> None:
    """Send `body`; returns when all of it is persisted or buffered."""
    with RawPutMedia(url) as connection:
        connection.read_head()
        connection.send_all(body, 65_524)
        connection.finish()
        assert {ack["EventType"] for ack in connection.acks()} <= {"BUFFERING", "RECEIVED", "PERSISTED"}
