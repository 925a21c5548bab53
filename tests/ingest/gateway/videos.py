"""Real video for the gateway: H.264 and H.265, with B-frames and groups of any length, as files."""

from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO
from pathlib import Path

import av

from ingest.jpeg import JpegEncoder
from tests.ingest.video import Codec, grey_frame


@dataclass(frozen=True)
class Made:
    """How a video is made; times in frames."""

    codec: Codec = "libx264"
    frames: int = 75
    gop: int = 25
    b_frames: int = 0
    size: tuple[int, int] = (160, 96)
    rate: int = 25
    slices: int = 1


def write(path: Path | BytesIO, made: Made = Made(), form: str | None = None) -> None:
    """A moving grey, so that no two frames are equal."""
    options = {"preset": "ultrafast", "g": str(made.gop), "bf": str(made.b_frames), "sc_threshold": "0"}
    if made.slices > 1:
        options["x264-params"] = f"slices={made.slices}"
    if made.codec == "libx265":
        tuning = f"log-level=none:keyint={made.gop}:min-keyint={made.gop}:bframes={made.b_frames}:scenecut=0"
        options = {"preset": "ultrafast", "x265-params": tuning}
    sink = str(path) if isinstance(path, Path) else path
    with av.open(sink, "w", format=form) as container:
        stream = container.add_stream(made.codec, rate=made.rate, options=options)
        stream.width, stream.height, stream.pix_fmt = *made.size, "yuv420p"
        stream.codec_context.thread_count = 1
        for number in range(made.frames):
            frame = av.VideoFrame(*made.size, "yuv420p")
            for index, plane in enumerate(frame.planes):
                row = bytes((number * 5 + column * (index + 1)) % 220 for column in range(plane.line_size))
                plane.update(row * plane.height)
            frame.pts, frame.time_base = number, Fraction(1, made.rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def packets(path: Path) -> list[tuple[int, bytes, bool]]:
    """(time in ms, what the file holds, whether it is a keyframe) in decoding order."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        return [
            (round((packet.pts or 0) * (packet.time_base or 0) * 1000), bytes(packet), packet.is_keyframe)
            for packet in container.demux(stream)
            if packet.size
        ]


def jpeg(size: tuple[int, int] = (96, 64), *, stripes: bool = True) -> bytes:
    """A picture; without stripes it shows nothing."""
    return JpegEncoder().encode(grey_frame(99, size, "yuv420p", stripes=stripes))


def padded_jpeg(size: int, *, stripes: bool = True) -> bytes:
    """The same picture in `size` bytes, most of them a comment."""
    whole = jpeg(stripes=stripes)
    comment = size - len(whole) - 2
    return whole[:2] + b"\xff\xfe" + comment.to_bytes(2, "big") + bytes(comment - 2) + whole[2:]
