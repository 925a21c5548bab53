"""EBML, the container under Matroska (RFC 8794): a push parser and the writer's primitives.

KVS sends and accepts one flat stream of elements, whose Segments and Clusters may have unknown sizes. So the
parser opens only these two and yields every other element as one piece. The IDs of the elements show their
structure: a Cluster ends at the first element that is not a child of a Cluster.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ingest.errors import OccupancyError

EBML = 0x1A45DFA3
SEGMENT = 0x18538067
SEEK_HEAD = 0x114D9B74
INFO = 0x1549A966
TIMECODE_SCALE = 0x2AD7B1
TRACKS = 0x1654AE6B
TRACK_ENTRY = 0xAE
TRACK_NUMBER = 0xD7
TRACK_TYPE = 0x83
CODEC_ID = 0x86
CODEC_PRIVATE = 0x63A2
CLUSTER = 0x1F43B675
TIMECODE = 0xE7
SIMPLE_BLOCK = 0xA3
BLOCK_GROUP = 0xA0
BLOCK = 0xA1
REFERENCE_BLOCK = 0xFB
POSITION = 0xA7
PREV_SIZE = 0xAB
CUES = 0x1C53BB6B
CHAPTERS = 0x1043A770
ATTACHMENTS = 0x1941A469
TAGS = 0x1254C367
TAG = 0x7373
SIMPLE_TAG = 0x67C8
TAG_NAME = 0x45A3
TAG_STRING = 0x4487
VOID = 0xEC
CRC_32 = 0xBF

VIDEO_TRACK = 1
KEYFRAME_FLAG = 0x80
"""In a SimpleBlock's flags."""

OPENED = frozenset({SEGMENT, CLUSTER})
TOP_LEVEL = frozenset({EBML, SEGMENT, SEEK_HEAD, INFO, TRACKS, CLUSTER, CUES, CHAPTERS, ATTACHMENTS, TAGS})
IN_CLUSTER = frozenset({TIMECODE, SIMPLE_BLOCK, BLOCK_GROUP, POSITION, PREV_SIZE, VOID, CRC_32, 0x5854})
MAX_ELEMENT = 64 * 1024 * 1024
"""KVS accepts fragments of up to 50 MB; an element that claims more is garbage."""


class InvalidMatroska(OccupancyError, ValueError):
    """Bytes that are not a Matroska stream."""


@dataclass(frozen=True)
class Element:
    """One element. `raw` is header and payload as they came; `size` is None if it is unknown.

    For opened elements (Segment, Cluster) `raw` is only the header, and `payload` is empty.
    """

    id: int
    size: int | None
    raw: bytes
    payload: bytes


class Parser:
    """Bytes in, in pieces of any length; elements out. Holds at most one element."""

    def __init__(self, max_element: int = MAX_ELEMENT) -> None:
        self._buffer = bytearray()
        self._max_element = max_element
        self.position = 0
        """The number of bytes in the elements so far."""

    @property
    def waiting(self) -> int:
        """The bytes of an element that is not complete yet."""
        return len(self._buffer)

    def feed(self, data: bytes) -> Iterator[Element]:
        """The elements that `data` completes. Raises InvalidMatroska."""
        self._buffer += data
        while (element := self._next()) is not None:
            yield element

    def _next(self) -> Element | None:
        header = read_header(self._buffer)
        if header is None:
            return None
        element_id, size, start = header
        if element_id not in TOP_LEVEL and element_id not in IN_CLUSTER:
            raise InvalidMatroska(f"element 0x{element_id:X} at byte {self.position} is not of Matroska")
        if element_id in OPENED:
            return self._take(element_id, size, start, start)
        if size is None or size > self._max_element:
            raise InvalidMatroska(f"element 0x{element_id:X} at byte {self.position} claims {size} bytes")
        return self._take(element_id, size, start, start + size)

    def _take(self, element_id: int, size: int | None, start: int, end: int) -> Element | None:
        if len(self._buffer) < end:
            return None
        raw = bytes(self._buffer[:end])
        del self._buffer[:end]
        self.position += end
        return Element(element_id, size, raw, raw[start:])


def children(payload: bytes) -> Iterator[tuple[int, bytes]]:
    """(id, payload) of each element in a complete payload. Raises InvalidMatroska if it is cut."""
    position = 0
    while position < len(payload):
        element_id, size, start = read_header(memoryview(payload)[position:]) or (0, None, 0)
        if size is None or position + start + size > len(payload):
            raise InvalidMatroska(f"an element is cut at byte {position} of its parent's {len(payload)}")
        yield element_id, payload[position + start : position + start + size]
        position += start + size


def read_header(data: bytes | bytearray | memoryview) -> tuple[int, int | None, int] | None:
    """(id, size or None if unknown, length of the header); None if more bytes are needed."""
    element_id = _read_number(data, 0, keep_marker=True)
    if element_id is None:
        return None
    size = _read_number(data, element_id[1], keep_marker=False)
    if size is None:
        return None
    value, length = size
    unknown = value == (1 << 7 * length) - 1
    return element_id[0], None if unknown else value, element_id[1] + length


def _read_number(
    data: bytes | bytearray | memoryview, at: int, *, keep_marker: bool
) -> tuple[int, int] | None:
    if at >= len(data):
        return None
    first = data[at]
    length = 9 - first.bit_length()
    if length > (4 if keep_marker else 8):
        raise InvalidMatroska(f"byte 0x{first:02X} does not begin an EBML {'id' if keep_marker else 'size'}")
    if at + length > len(data):
        return None
    value = int.from_bytes(data[at : at + length], "big")
    return (value if keep_marker else value & ~(1 << 7 * length)), length


def element(element_id: int, payload: bytes) -> bytes:
    """The bytes of an element of known size."""
    return id_bytes(element_id) + size_bytes(len(payload)) + payload


def unknown_size(element_id: int) -> bytes:
    """The header of an element of unknown size: it ends where the next one begins."""
    return id_bytes(element_id) + b"\xff"


def id_bytes(element_id: int) -> bytes:
    """An element's id as in the stream."""
    return element_id.to_bytes((element_id.bit_length() + 7) // 8, "big")


def size_bytes(size: int) -> bytes:
    """An element's size in the fewest bytes."""
    length = 1
    while size >= (1 << 7 * length) - 1:  # all ones means unknown
        length += 1
    return (size | 1 << 7 * length).to_bytes(length, "big")


def uint_bytes(value: int, length: int | None = None) -> bytes:
    """An unsigned integer's payload, in `length` bytes or the fewest."""
    return value.to_bytes(length or max(1, (value.bit_length() + 7) // 8), "big")
