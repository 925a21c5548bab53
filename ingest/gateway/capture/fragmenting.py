"""Camera -> KVS: makes fragments that KVS accepts from a camera's packets. Pure.

KVS's rules (kvs-protocol, sections 1 and 2.3): a fragment begins with a keyframe, lasts 1 to 20 s, has at
most 50 MB, and its earliest frame is later than the latest of the one before; at most 5 a second. So only
the beginning of a group of pictures that is longer than a fragment can be sent.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ingest.gateway.config.sending import Send
from ingest.kvs import mkv
from ingest.kvs.video import Track

MIN_SPAN_MS = 1_000
MAX_SPAN_MS = 19_000
"""Between a fragment's first and last frame; KVS's limit of 20 s includes the duration of the last frame."""
MAX_BYTES = 48_000_000
"""Of a fragment's frames; KVS accepts 50 MB, container overhead included."""
GOOD_GOP = "set its keyframe interval (also: I-frame interval, GOV length) to 1 to 4 s"


@dataclass(frozen=True)
class Packet:
    """One access unit, length-prefixed. `time_ms` is its presentation time, in ms since the epoch.

    Packets come in decoding order, so with B-frames their times do not always rise. A packet without data is
    one that the fragmenter did not want: it only has its time.
    """

    time_ms: int
    data: bytes
    keyframe: bool


@dataclass(frozen=True)
class Block:
    """A packet in its fragment. `relative_ms` is relative to the fragment's timecode, and may be negative."""

    relative_ms: int
    data: bytes
    keyframe: bool


@dataclass(frozen=True)
class VideoFragment:
    """A fragment for KVS; `timecode_ms` is the time of its first keyframe, in ms since the epoch."""

    track: Track
    timecode_ms: int
    blocks: tuple[Block, ...]

    @property
    def first_ms(self) -> int:
        """The time of its earliest frame."""
        return self.timecode_ms + min(block.relative_ms for block in self.blocks)

    @property
    def last_ms(self) -> int:
        """The time of its latest frame."""
        return self.timecode_ms + max(block.relative_ms for block in self.blocks)

    def cluster(self) -> bytes:
        """The fragment as a Matroska cluster, without the header that a connection begins with."""
        return b"".join(self._parts())

    def document(self) -> bytes:
        """The fragment as a Matroska file of its own."""
        return b"".join((mkv.header([self.track]), *self._parts()))

    def _parts(self) -> Iterator[bytes]:
        yield mkv.cluster(self.timecode_ms)
        for block in self.blocks:
            yield mkv.simple_block(self.track.number, block.relative_ms, block.data, keyframe=block.keyframe)


class Fragmenter:
    """Makes fragments out of the packets of one track. Holds one fragment.

    `gop_ms` is the time between the last two keyframes, or since the last one if that is longer already;
    `skipped` counts the packets that no fragment could take.
    """

    def __init__(self, track: Track, send: Send) -> None:
        self._track = track
        self._send = send
        self._blocks: list[Block] = []
        self._bytes = 0
        self._start_ms = self._first_ms = self._last_ms = 0
        self._floor_ms = 0
        """The latest frame of the fragments before."""
        self._keyframe_ms: int | None = None
        self.gop_ms = 0
        self.skipped = 0

    def wants(self, *, keyframe: bool) -> bool:
        """Whether the next packet's data may be needed."""
        return keyframe or self._wants_all

    @property
    def _wants_all(self) -> bool:
        # Where the next keyframe is too far away, the frames after a keyframe fill its fragment.
        return self._send is Send.ALL or (bool(self._blocks) and self.gop_ms > MAX_SPAN_MS)

    def add(self, packet: Packet) -> list[VideoFragment]:
        """Take a packet; return the fragments that it completes: usually none or one."""
        if packet.keyframe:
            return self._add_keyframe(packet)
        if self._keyframe_ms is not None:
            self.gop_ms = max(self.gop_ms, packet.time_ms - self._keyframe_ms)
        if packet.data and self._wants_all:
            self._append(packet)
        return self._completed()

    def flush(self) -> list[VideoFragment]:
        """Return what is held, when nothing follows for a while; it may be shorter than KVS wants."""
        if not self._blocks:
            return []
        fragment = VideoFragment(self._track, self._start_ms, tuple(self._blocks))
        self._floor_ms = self._last_ms
        self._blocks, self._bytes = [], 0
        return [fragment]

    def _add_keyframe(self, packet: Packet) -> list[VideoFragment]:
        self.gop_ms = 0 if self._keyframe_ms is None else max(0, packet.time_ms - self._keyframe_ms)
        self._keyframe_ms = packet.time_ms
        fragments = self.flush() if self._ends_before(packet) else []
        if not self._blocks:
            self._start_ms = self._first_ms = self._last_ms = max(packet.time_ms, self._floor_ms + 1)
        self._append(packet)
        return fragments + self._completed()

    def _ends_before(self, keyframe: Packet) -> bool:
        if not self._has_room(keyframe):
            return True
        return self._send is Send.ALL and keyframe.time_ms - self._start_ms >= MIN_SPAN_MS

    def _completed(self) -> list[VideoFragment]:
        """With keyframes only, a fragment is complete once it has the shortest span."""
        full = self._send is Send.KEYFRAMES and self._last_ms - self._first_ms >= MIN_SPAN_MS
        return self.flush() if full else []

    def _append(self, packet: Packet) -> None:
        # No fragment is open before the first keyframe; none has room after its 20 s.
        if not (self._blocks or packet.keyframe) or not self._has_room(packet):
            self.skipped += 1
            return
        time_ms = max(packet.time_ms, self._floor_ms + 1)
        self._first_ms, self._last_ms = min(self._first_ms, time_ms), max(self._last_ms, time_ms)
        self._blocks.append(Block(time_ms - self._start_ms, packet.data, packet.keyframe))
        self._bytes += len(packet.data)

    def _has_room(self, packet: Packet) -> bool:
        time_ms = max(packet.time_ms, self._floor_ms + 1)
        span_ms = max(self._last_ms, time_ms) - min(self._first_ms, time_ms)
        return span_ms <= MAX_SPAN_MS and self._bytes + len(packet.data) <= MAX_BYTES


def long_gop(gop_ms: int) -> str | None:
    """Why a camera's groups of pictures are too long, or None. The words stay the same while one grows."""
    if gop_ms <= MAX_SPAN_MS:
        return None
    return f"its keyframes are more than 19 s apart, but KVS takes at most 20 s: {GOOD_GOP}"
