"""Whether two JPEGs show the same frame of a video, encoded differently.

Both are reduced to a small grey picture, in which the noise of encoding vanishes and a person who moved does
not. Two frames of a scene in which nothing moves are the same picture.
"""

from itertools import chain

import av
from av.codec.context import CodecContext
from av.video.reformatter import Interpolation

WIDTH, HEIGHT = 160, 90
DIFFERENCE = 8
"""Levels of 256 by which a cell may differ because it was encoded differently."""
MOST_CELLS = WIDTH * HEIGHT // 1000
"""Cells that may differ by more: a person 4 m away covers some hundred."""


def show_same_picture(one_jpeg: bytes, other_jpeg: bytes) -> bool:
    """Whether the two JPEGs show the same frame. Raises av.FFmpegError if one cannot be decoded."""
    cells = zip(_grey(one_jpeg), _grey(other_jpeg), strict=True)
    return sum(abs(mine - theirs) > DIFFERENCE for mine, theirs in cells) <= MOST_CELLS


def _grey(jpeg: bytes) -> bytes:
    """HEIGHT rows of WIDTH levels."""
    decoder = CodecContext.create("mjpeg", "r")
    frames = chain(decoder.decode(av.Packet(jpeg)), decoder.decode(None))
    plane = next(frames).reformat(WIDTH, HEIGHT, "gray", interpolation=Interpolation.AREA).planes[0]
    rows = memoryview(plane)  # each row is padded to line_size bytes
    return b"".join(rows[row * plane.line_size :][:WIDTH] for row in range(HEIGHT))
