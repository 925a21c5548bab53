"""Writes the Matroska that PutMedia accepts: a header, then for each fragment a cluster, blocks and tags.

The sizes of Segment and Clusters stay unknown, as in Amazon's own producer, so that a frame can leave as soon
as it exists. Times are whole milliseconds (TimecodeScale 1,000,000 ns).
"""

import os
from collections.abc import Mapping, Sequence

from ingest.kvs import ebml
from ingest.kvs.ebml import element, uint_bytes
from ingest.kvs.video import Track

APPLICATION = b"store-occupancy"
MAX_RELATIVE_MS = 32_767
"""A block's time is an int16 relative to its cluster, so no fragment can be longer."""


def header(tracks: Sequence[Track]) -> bytes:
    """EBML head, a Segment of unknown size, Info and Tracks: the first bytes of every PutMedia body."""
    info = (
        element(0x73A4, os.urandom(16))  # SegmentUID
        + element(ebml.TIMECODE_SCALE, uint_bytes(1_000_000))
        + element(0x4D80, APPLICATION)  # MuxingApp
        + element(0x5741, APPLICATION)  # WritingApp
    )
    entries = b"".join(map(_track_entry, tracks))
    return document_head() + element(ebml.INFO, info) + element(ebml.TRACKS, entries)


def document_head() -> bytes:
    """EBML head and a Segment of unknown size: what every Matroska document begins with."""
    head = (
        element(0x4286, uint_bytes(1))  # EBMLVersion
        + element(0x42F7, uint_bytes(1))  # EBMLReadVersion
        + element(0x42F2, uint_bytes(4))  # EBMLMaxIDLength
        + element(0x42F3, uint_bytes(8))  # EBMLMaxSizeLength
        + element(0x4282, b"matroska")  # DocType
        + element(0x4287, uint_bytes(2))  # DocTypeVersion
        + element(0x4285, uint_bytes(2))  # DocTypeReadVersion
    )
    return element(ebml.EBML, head) + ebml.unknown_size(ebml.SEGMENT)


def cluster(timecode_ms: int) -> bytes:
    """Open a fragment. `timecode_ms` counts from the epoch (ABSOLUTE) or from the start (RELATIVE)."""
    return ebml.unknown_size(ebml.CLUSTER) + element(ebml.TIMECODE, uint_bytes(timecode_ms, 8))


def simple_block(track: int, relative_ms: int, data: bytes, *, keyframe: bool) -> bytes:
    """One frame, `relative_ms` after its cluster's timecode. Raises ValueError beyond 32,767 ms."""
    if not -MAX_RELATIVE_MS - 1 <= relative_ms <= MAX_RELATIVE_MS:
        raise ValueError(f"a block {relative_ms} ms from its cluster does not fit: open a new cluster")
    time = relative_ms.to_bytes(2, "big", signed=True)
    flags = ebml.KEYFRAME_FLAG if keyframe else 0
    return element(ebml.SIMPLE_BLOCK, ebml.size_bytes(track) + time + bytes([flags]) + data)


def tags(values: Mapping[str, str]) -> bytes:
    """Tags of the fragment before them: at most 10, with names of 128 and values of 256 bytes."""
    simple_tags = (
        element(
            ebml.SIMPLE_TAG,
            element(ebml.TAG_NAME, name.encode()) + element(ebml.TAG_STRING, value.encode()),
        )
        for name, value in values.items()
    )
    return element(ebml.TAGS, element(ebml.TAG, b"".join(simple_tags)))


END_OF_FRAGMENT = tags({"AWS_KINESISVIDEO_END_OF_FRAGMENT": ""})
"""Closes the open fragment at once: at the end of a stream, and before a long gap between frames."""


def _track_entry(track: Track) -> bytes:
    size = element(0xB0, uint_bytes(track.width)) + element(0xBA, uint_bytes(track.height))
    return element(
        ebml.TRACK_ENTRY,
        element(ebml.TRACK_NUMBER, uint_bytes(track.number))
        + element(0x73C5, uint_bytes(track.number, 8))  # TrackUID
        + element(ebml.TRACK_TYPE, uint_bytes(ebml.VIDEO_TRACK))
        + element(ebml.CODEC_ID, track.codec_id.encode())
        + element(ebml.CODEC_PRIVATE, track.codec_private)
        + element(0xE0, size),  # Video
    )
