"""Spool -> KVS: splits a spooled fragment, a Matroska file, into the parts that a connection sends. Pure."""

from dataclasses import dataclass

from ingest.kvs import ebml, mkv
from ingest.kvs.ebml import InvalidMatroska, read_header


@dataclass(frozen=True)
class Document:
    """A fragment's parts. A connection sends one header, then clusters of fragments with equal `tracks`."""

    header: bytes
    tracks: bytes
    cluster: memoryview
    timecode_ms: int


def divide(data: bytes, shift_ms: int = 0) -> Document:
    """Split a `VideoFragment`'s document; move its cluster later by `shift_ms`. Raises InvalidMatroska."""
    view = memoryview(data)
    position, tracks = 0, b""
    while (head := read_header(view[position:])) is not None:
        element_id, size, start = head
        start += position
        if element_id == ebml.CLUSTER:
            timecode_ms, length = _timecode(view[start:])
            cluster = view[position:]
            if shift_ms:
                timecode_ms += shift_ms
                cluster = memoryview(mkv.cluster(timecode_ms) + view[start + length :])
            return Document(data[:position], tracks, cluster, timecode_ms)
        end = start + (0 if size is None else size)  # the Segment's children follow its header
        if element_id == ebml.TRACKS:
            tracks = data[start:end]
        position = end
    raise InvalidMatroska(f"{len(data)} bytes contain no cluster")


def _timecode(cluster: memoryview) -> tuple[int, int]:
    """(the timecode in ms, the length of its element in bytes)."""
    head = read_header(cluster)
    if head is None or head[0] != ebml.TIMECODE or head[1] is None:
        raise InvalidMatroska("a cluster begins without its timecode")
    end = head[2] + head[1]
    return int.from_bytes(cluster[head[2] : end], "big"), end
