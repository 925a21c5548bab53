"""Spool -> KVS: a fragment as it waits, a Matroska file of its own, divided for a connection. Pure."""

from dataclasses import dataclass

from ingest.kvs import ebml
from ingest.kvs.ebml import InvalidMatroska, read_header


@dataclass(frozen=True)
class Document:
    """A fragment's parts. One connection takes those of equal `tracks`, behind one of their headers."""

    header: bytes
    tracks: bytes
    cluster: memoryview
    timecode_ms: int


def divide(data: bytes) -> Document:
    """The parts of what `Fragment.document` made. Raises InvalidMatroska."""
    view = memoryview(data)
    position, tracks = 0, b""
    while (head := read_header(view[position:])) is not None:
        element_id, size, start = head
        start += position
        if element_id == ebml.CLUSTER:
            return Document(data[:position], tracks, view[position:], _timecode(view[start:]))
        end = start + (0 if size is None else size)  # the Segment's children follow its header
        if element_id == ebml.TRACKS:
            tracks = data[start:end]
        position = end
    raise InvalidMatroska(f"{len(data)} bytes hold no cluster")


def _timecode(cluster: memoryview) -> int:
    head = read_header(cluster)
    if head is None or head[0] != ebml.TIMECODE or head[1] is None:
        raise InvalidMatroska("a cluster begins without its timecode")
    return int.from_bytes(cluster[head[2] : head[2] + head[1]], "big")
