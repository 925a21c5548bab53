"""Generates small videos."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.frame import PictureType, VideoFrame
from av.video.stream import VideoStream


def make_video(path: Path, codec: str = "libx264", *, seconds: int = 3, gop: int = 10) -> Path:
    """`seconds` of 160x120 at 10 frames a second, a keyframe every `gop` frames; it gets brighter."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=10)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 10)
        stream.codec_context.gop_size = 1000
        for number in range(seconds * 10):
            frame = VideoFrame.from_ndarray(np.full((120, 160, 3), number, np.uint8), format="bgr24")
            frame.pts, frame.time_base = number, Fraction(1, 10)
            frame.pict_type = PictureType.I if number % gop == 0 else PictureType.NONE
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path
