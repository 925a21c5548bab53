"""Small real video: H.264 and HEVC keyframes, and KVS documents and PutMedia fragments made of them."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Literal

import av
from av.video.frame import VideoFrame

from ingest.kvs import ebml, mkv
from ingest.kvs.video import Track

Codec = Literal["libx264", "libx265"]
CODEC_IDS: Mapping[Codec, str] = {"libx264": "V_MPEG4/ISO/AVC", "libx265": "V_MPEGH/ISO/HEVC"}
QUIET: Mapping[Codec, dict[str, str]] = {
    "libx264": {"preset": "ultrafast", "crf": "10"},
    "libx265": {"preset": "ultrafast", "x265-params": "log-level=none:crf=10"},
}


@dataclass(frozen=True)
class Coded:
    """One keyframe and the track it belongs to."""

    track: Track
    packet: bytes


@cache
def grey(
    level: int = 128,
    size: tuple[int, int] = (96, 80),
    codec: Codec = "libx264",
    pix_fmt: str = "yuv420p",
) -> Coded:
    """A picture with a grey in its middle, 16..235 in TV range, between stripes of another."""
    return coded(grey_frame(level, size, pix_fmt, stripes=True), codec)


@cache
def black(size: tuple[int, int] = (96, 80)) -> Coded:
    """A picture that shows nothing."""
    return coded(grey_frame(16, size, "yuv420p"))


def grey_frame(level: int, size: tuple[int, int], pix_fmt: str, *, stripes: bool = False) -> VideoFrame:
    """A picture of one grey, or with seven upright stripes, of which that in the middle has the grey."""
    frame = VideoFrame(*size, pix_fmt)
    bits = frame.format.components[0].bits
    other = 60 if level > 128 else 200
    for index, plane in enumerate(frame.planes):
        greys = [128] * plane.width if index else [level] * plane.width
        if index == 0 and stripes:
            greys = [level if x * 7 // plane.width % 2 else other for x in range(plane.width)]
        length = 2 if bits > 8 else 1
        line = b"".join((grey << (bits - 8)).to_bytes(length, "little") for grey in greys)
        plane.update(line.ljust(plane.line_size, b"\0") * (plane.buffer_size // plane.line_size))
    return frame


def coded(frame: VideoFrame, codec: Codec = "libx264") -> Coded:
    """A frame as a keyframe for Matroska: length-prefixed, its parameter sets in avcC or hvcC."""
    sink = io.BytesIO()
    frame.pts, frame.time_base = 0, Fraction(1, 25)
    with av.open(sink, "w", format="matroska") as container:
        stream = container.add_stream(codec, rate=25, options=QUIET[codec])
        stream.width, stream.height, stream.pix_fmt = frame.width, frame.height, frame.format.name
        stream.codec_context.thread_count = 1
        stream.codec_context.color_range = frame.color_range
        stream.codec_context.colorspace = frame.colorspace
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            packet.pts = packet.dts = 0
            container.mux(packet)
    elements = {element.id: element.payload for element in ebml.Parser().feed(sink.getvalue())}
    entry = dict(ebml.children(dict(ebml.children(elements[ebml.TRACKS]))[ebml.TRACK_ENTRY]))
    block = elements.get(ebml.SIMPLE_BLOCK) or dict(ebml.children(elements[ebml.BLOCK_GROUP]))[ebml.BLOCK]
    track = Track(1, CODEC_IDS[codec], entry[ebml.CODEC_PRIVATE], frame.width, frame.height)
    return Coded(track, block[4:])


def fragment(timecode_ms: int, coded: Coded, keys: Sequence[int] = (0,), others: Sequence[int] = ()) -> bytes:
    """A cluster with keyframes and other frames at those milliseconds after its timecode."""
    blocks = sorted([(time, True) for time in keys] + [(time, False) for time in others])
    return mkv.cluster(timecode_ms) + b"".join(
        mkv.simple_block(coded.track.number, time, coded.packet if key else b"\0\0\0\1\x41", keyframe=key)
        for time, key in blocks
    )


def document(number: str, timecode_ms: int, coded: Coded, keys: Sequence[int] = (0,)) -> bytes:
    """A fragment as GetMediaForFragmentList streams it."""
    cluster = fragment(timecode_ms, coded, keys)
    return mkv.header([coded.track]) + service_tags(number, timecode_ms) + cluster


def service_tags(number: str, timecode_ms: int, spelling: str = "") -> bytes:
    seconds = f"{timecode_ms // 1000}.{timecode_ms % 1000:03d}"
    return mkv.tags(
        {
            "AWS_KINESISVIDEO_FRAGMENT_NUMBER": number,
            f"AWS_KINESISVIDEO_SERVER{spelling}_TIMESTAMP": seconds,
            f"AWS_KINESISVIDEO_PRODUCER{spelling}_TIMESTAMP": seconds,
        }
    )
