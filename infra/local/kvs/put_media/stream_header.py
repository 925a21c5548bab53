"""The elements before the first Cluster of a connection: EBML head, Segment, Info, Tracks, others. Pure."""

from infra.local.kvs.put_media.errors import MediaRejected
from infra.local.kvs.put_media.fragment_tags import count_tags, ends_fragment, stored_tags
from infra.local.kvs.service.error_ids import IngestError
from infra.local.kvs.service.limits import Limits
from infra.local.kvs.service.matroska import DEFAULT_TIMECODE_SCALE, timecode_scale
from ingest.kvs import ebml
from ingest.kvs.ebml import Element

OTHER_ALLOWED = frozenset(
    {ebml.SEEK_HEAD, ebml.VOID, ebml.CRC_32, ebml.CUES, ebml.CHAPTERS, ebml.ATTACHMENTS}
)


class StreamHeader:
    """Collects the header of a connection. Raises MediaRejected and InvalidMatroska if it is invalid."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._all: list[bytes] = []
        self._repeated: list[bytes] = []
        self._seen: set[int] = set()
        self.tracks: frozenset[int] = frozenset()
        self.timecode_scale = DEFAULT_TIMECODE_SCALE
        self._tags = 0

    def add(self, element: Element) -> None:
        """Add the next element before the first Cluster."""
        self._check_order(element.id)
        raw = _stored(element)
        self._all.append(raw)
        if element.id in (ebml.EBML, ebml.SEGMENT, ebml.INFO, ebml.TRACKS):
            self._seen.add(element.id)
            self._repeated.append(raw)
        if element.id == ebml.INFO:
            self.timecode_scale = _accepted_timecode_scale(element.payload)
        elif element.id == ebml.TRACKS:
            self.tracks = self._track_numbers(element.payload)
        elif element.id == ebml.TAGS:
            self._add_tags(element.payload)

    def bytes_of_fragment(self, *, first: bool) -> bytes:
        """The header of a fragment's document; only the first fragment has all its elements."""
        return b"".join(self._all if first else self._repeated)

    def check_complete(self) -> None:
        """Raises MediaRejected if a Cluster may not follow yet."""
        if not self.tracks:
            raise MediaRejected(IngestError.INVALID_MKV_DATA)

    def _add_tags(self, payload: bytes) -> None:
        # After an ERROR, Amazon's producer begins a connection with the tags of the abandoned fragment,
        # including the end-of-fragment tag, and sends as many again after the first Cluster.
        self._tags = count_tags(payload, self._limits, self._tags)
        if ends_fragment(payload):
            self._tags = 0

    def _check_order(self, element_id: int) -> None:
        missing = ebml.EBML not in self._seen, ebml.SEGMENT not in self._seen
        if element_id in self._seen or (missing[0] and element_id != ebml.EBML):
            raise MediaRejected(IngestError.INVALID_MKV_DATA)
        if missing == (False, True) and element_id not in (ebml.SEGMENT, ebml.VOID, ebml.CRC_32):
            raise MediaRejected(IngestError.INVALID_MKV_DATA)
        if missing == (False, False) and element_id not in OTHER_ALLOWED | {
            ebml.INFO,
            ebml.TRACKS,
            ebml.TAGS,
        }:
            raise MediaRejected(IngestError.INVALID_MKV_DATA)

    def _track_numbers(self, payload: bytes) -> frozenset[int]:
        entries = [entry for element_id, entry in ebml.children(payload) if element_id == ebml.TRACK_ENTRY]
        if len(entries) > self._limits.tracks:
            raise MediaRejected(IngestError.MORE_THAN_ALLOWED_TRACKS_FOUND)
        numbers = {
            int.from_bytes(value, "big")
            for entry in entries
            for element_id, value in ebml.children(entry)
            if element_id == ebml.TRACK_NUMBER
        }
        if not numbers or len(numbers) != len(entries):
            raise MediaRejected(IngestError.INVALID_MKV_DATA)
        return frozenset(numbers)


def _stored(element: Element) -> bytes:
    if element.id == ebml.SEGMENT and element.size is not None:
        return ebml.unknown_size(ebml.SEGMENT)
    return stored_tags(element) if element.id == ebml.TAGS else element.raw


def _accepted_timecode_scale(info: bytes) -> int:
    """The timecode scale in the payload of Info. Raises MediaRejected unless it is from 100 ns to 1 s."""
    scale = timecode_scale(info)
    if not 100 <= scale <= 1_000_000_000:
        raise MediaRejected(IngestError.INVALID_MKV_DATA)
    return scale
