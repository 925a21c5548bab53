"""Small PutMedia bodies: blocks of arbitrary bytes, because the service does not parse frames."""

from collections.abc import Sequence

from ingest.kvs import mkv
from ingest.kvs.video import Track

START = 1_795_393_011_685
VIDEO = Track(1, "V_MPEG4/ISO/AVC", b"\x01\x64\x00\x1f", 640, 360)
AUDIO = Track(2, "A_AAC", b"\x12\x10", 0, 0)
"""The service does not check the type of a track."""
HEADER = mkv.header([VIDEO])
TAGS = mkv.tags({"shelf": "7"})


def fragment(
    timecode_ms: int, times: Sequence[int] = (0, 40, 80), *, track: int = 1, size: int = 50
) -> bytes:
    """A cluster with a block of `size` bytes at each of `times`, relative to it; the first is a keyframe."""
    blocks = (
        mkv.simple_block(track, time, bytes([number]) * size, keyframe=number == 0)
        for number, time in enumerate(times)
    )
    return mkv.cluster(timecode_ms) + b"".join(blocks)
