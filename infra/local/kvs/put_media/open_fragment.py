"""A fragment while it arrives: its Cluster and what follows, checked against the rules of KVS. Pure."""

from dataclasses import dataclass

from infra.local.kvs.put_media.errors import MediaRejected
from infra.local.kvs.put_media.fragment_tags import count_tags, stored_tags
from infra.local.kvs.put_media.stream_header import StreamHeader
from infra.local.kvs.service.error_ids import IngestError
from infra.local.kvs.service.limits import Limits
from infra.local.kvs.service.matroska import NANOSECONDS_PER_MS, block_head
from ingest.kvs import ebml
from ingest.kvs.ebml import Element


@dataclass(frozen=True)
class BlockSpan:
    """The first and last block time of a fragment, in milliseconds of the connection's timecodes."""

    first_ms: int
    last_ms: int


class OpenFragment:
    """Collects elements from the Cluster header on. Its methods raise MediaRejected and InvalidMatroska."""

    def __init__(self, cluster: Element, header: StreamHeader, limits: Limits) -> None:
        self._header = header
        self._limits = limits
        self._cluster = [cluster.raw]
        self._trailing: list[bytes] = []
        self._left = cluster.size
        """The remaining bytes of a Cluster of known size; None: unknown size."""
        self._size = len(cluster.raw)
        self._tags = 0
        self._seen_tracks: set[int] = set()
        self._timecode: int | None = None
        self.span: BlockSpan | None = None

    @property
    def timecode_ms(self) -> int:
        """The timecode of the Cluster. Raises MediaRejected before it has arrived."""
        return self._to_ms(self._ticks())

    @property
    def length_ms(self) -> int:
        """The largest block time relative to the cluster."""
        return 0 if self.span is None else max(0, self.span.last_ms - self.timecode_ms)

    @property
    def cluster(self) -> bytes:
        """The Cluster as it arrived."""
        return b"".join(self._cluster)

    @property
    def trailing(self) -> bytes:
        """The elements after the Cluster."""
        return b"".join(self._trailing)

    def belongs(self, element: Element) -> bool:
        """Whether `element` belongs to the Cluster, by its ID and by the size of the Cluster if known."""
        return element.id in ebml.IN_CLUSTER and not self._trailing and self._left != 0

    def add_child(self, element: Element) -> None:
        """Add a child of the Cluster."""
        self._grow(element)
        if self._left is not None:
            self._left -= len(element.raw)
            if self._left < 0:
                raise MediaRejected(IngestError.INVALID_MKV_DATA)
        self._cluster.append(element.raw)
        if element.id == ebml.TIMECODE:
            if self._timecode is not None:
                raise MediaRejected(IngestError.INVALID_MKV_DATA)
            self._timecode = int.from_bytes(element.payload, "big")
        elif element.id == ebml.SIMPLE_BLOCK:
            self._add_block(element.payload)
        elif element.id == ebml.BLOCK_GROUP:
            for child, payload in ebml.children(element.payload):
                if child == ebml.BLOCK:
                    self._add_block(payload)

    def add_trailing(self, element: Element) -> None:
        """Add an element after the Cluster that belongs to the fragment."""
        if self._left:
            raise MediaRejected(IngestError.INVALID_MKV_DATA)
        self._grow(element)
        if element.id == ebml.TAGS:
            self._tags = count_tags(element.payload, self._limits, self._tags)
        self._trailing.append(stored_tags(element) if element.id == ebml.TAGS else element.raw)

    def check_complete(self) -> BlockSpan:
        """The span of the whole fragment. Raises MediaRejected for a cut Cluster, a track without a frame."""
        if self._left:
            raise MediaRejected(IngestError.INVALID_MKV_DATA)
        if self.span is None or self._seen_tracks != self._header.tracks:
            raise MediaRejected(IngestError.FRAMES_MISSING_FOR_TRACK)
        return self.span

    def _add_block(self, payload: bytes) -> None:
        head = block_head(payload)
        time = self._to_ms(self._ticks() + head.relative)
        if head.track not in self._header.tracks:
            raise MediaRejected(IngestError.TRACK_NUMBER_MISMATCH)
        self._seen_tracks.add(head.track)
        span = self.span or BlockSpan(time, time)
        self.span = BlockSpan(min(span.first_ms, time), max(span.last_ms, time))
        if self.span.last_ms - self.span.first_ms > self._limits.fragment_ms:
            raise MediaRejected(IngestError.MAX_FRAGMENT_DURATION_REACHED)

    def _grow(self, element: Element) -> None:
        self._size += len(element.raw)
        if self._size > self._limits.fragment_bytes:
            raise MediaRejected(IngestError.MAX_FRAGMENT_SIZE_REACHED)

    def _ticks(self) -> int:
        if self._timecode is None:
            raise MediaRejected(IngestError.INVALID_MKV_DATA)
        return self._timecode

    def _to_ms(self, ticks: int) -> int:
        return ticks * self._header.timecode_scale // NANOSECONDS_PER_MS
