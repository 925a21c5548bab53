"""The luminance of pictures, for the rule of `ingest.blank`: with FFmpeg's decoders and its scaler."""

import sys
from array import array

import av
from av.codec.context import CodecContext
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Interpolation, VideoReformatter

from ingest.blank import grid_size, shows_nothing

_PNG = b"\x89PNG\r\n\x1a\n"


def frame_shows_nothing(frame: VideoFrame) -> bool:
    """Whether nobody could be seen on a decoded picture. Raises av.FFmpegError."""
    across, down = grid_size(frame.width, frame.height)
    grey = VideoReformatter().reformat(
        frame,
        across,
        down,
        "gray16le",
        interpolation=Interpolation.AREA,
        dst_color_range=ColorRange.JPEG,
        threads=1,
    )
    return shows_nothing(_cells(grey), across)


def image_shows_nothing(image: bytes) -> bool | None:
    """The same for a JPEG or PNG; None if it cannot be decoded."""
    try:
        frames = _decoder(image).decode(av.Packet(image))
        return frame_shows_nothing(frames[0]) if frames else None
    except av.FFmpegError:
        return None


def _decoder(image: bytes) -> VideoCodecContext:
    # A new one for each image: it keeps no picture of 15 million pixels in a process that rarely needs it.
    decoder = CodecContext.create("png" if image.startswith(_PNG) else "mjpeg", "r")
    decoder.thread_count = 1
    return decoder


def _cells(grey: VideoFrame) -> list[float]:
    """The cells by rows, 0..255, without the padding of FFmpeg's lines."""
    plane = grey.planes[0]
    values = array("H", bytes(plane))
    if sys.byteorder == "big":
        values.byteswap()
    line = plane.line_size // values.itemsize
    return [values[row * line + column] / 257 for row in range(grey.height) for column in range(grey.width)]
