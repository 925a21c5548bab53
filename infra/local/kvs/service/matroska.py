"""Matroska as PutMedia checks it and GetImages reads it: block headers and the timecode scale. Pure."""

from dataclasses import dataclass

from ingest.kvs import ebml
from ingest.kvs.ebml import KEYFRAME_FLAG, InvalidMatroska

NANOSECONDS_PER_MS = 1_000_000
DEFAULT_TIMECODE_SCALE = 1_000_000
"""Nanoseconds; Matroska's default, which every producer uses."""


@dataclass(frozen=True)
class BlockHead:
    """What precedes the frame in a block: `relative` in ticks from the cluster, `length` in bytes."""

    track: int
    relative: int
    keyframe: bool
    """The flag of a SimpleBlock; it has no meaning in a Block."""
    length: int


def block_head(payload: bytes) -> BlockHead:
    """The head of a Block or SimpleBlock. Raises InvalidMatroska."""
    length = 9 - payload[0].bit_length() if payload else 9
    if length > 8 or len(payload) < length + 3:
        raise InvalidMatroska(f"a block of {len(payload)} bytes has no room for its own header")
    number = int.from_bytes(payload[:length], "big") & ~(1 << 7 * length)
    relative = int.from_bytes(payload[length : length + 2], "big", signed=True)
    return BlockHead(number, relative, bool(payload[length + 2] & KEYFRAME_FLAG), length + 3)


def timecode_scale(info: bytes) -> int:
    """Nanoseconds per tick, from the payload of Info."""
    scale = dict(ebml.children(info)).get(ebml.TIMECODE_SCALE)
    return DEFAULT_TIMECODE_SCALE if scale is None else int.from_bytes(scale, "big")
