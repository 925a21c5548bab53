"""Camera -> spool: the packets of one opening of a camera become fragments."""

from typing import TYPE_CHECKING

from ingest.gateway.capture.fragmenting import GOOD_GOP, MAX_SPAN_MS, Fragmenter, Packet, VideoFragment
from ingest.gateway.capture.framing import CODECS, Framing, Undecodable
from ingest.gateway.capture.source import SourcePacket, VideoSource
from ingest.gateway.config.sending import Send
from ingest.gateway.timing.packet_clock import PacketClock

if TYPE_CHECKING:
    from ingest.kvs.video import Track


class PacketPipeline:
    """One opening of a camera: its framing, and the time line and the fragments of one connection."""

    def __init__(self, source: VideoSource, send: Send) -> None:
        self.codec = CODECS[source.codec].name
        self._framing = Framing(source.codec, source.extradata)
        self._send = send
        self._clock = PacketClock()
        self._fragmenter: Fragmenter | None = None
        self._skipped = 0
        self._awaited_ms: int | None = None
        self.track: Track | None = None

    @property
    def gop_ms(self) -> int:
        """As the fragmenter has it."""
        return self._fragmenter.gop_ms if self._fragmenter else 0

    def take_skipped(self) -> int:
        """How many packets were skipped since this was asked last."""
        total = self._fragmenter.skipped if self._fragmenter else 0
        new, self._skipped = total - self._skipped, total
        return new

    def add(self, packet: SourcePacket, arrived_ms: int) -> list[VideoFragment]:
        """The fragments that are complete now. Raises Undecodable."""
        if packet.keyframe or self._awaited_ms is None:
            self._awaited_ms = arrived_ms
        if not packet.keyframe and self._framing.track is None:
            self._await_keyframe(arrived_ms - self._awaited_ms)
            return []
        wanted = self._fragmenter is None or self._fragmenter.wants(keyframe=packet.keyframe)
        data = self._framing.take(packet.data, keyframe=packet.keyframe) if wanted else b""
        ended: list[VideoFragment] = []
        time_ms = self._clock.time_ms(packet.own_ms, arrived_ms, keyframe=packet.keyframe)
        if time_ms is None:  # the camera's clock has jumped, or drifted: it is laid on ours anew
            ended, self._clock = self.end(), PacketClock()
            time_ms = self._clock.time_ms(packet.own_ms, arrived_ms) or arrived_ms
        track = self._framing.track
        if track is None:
            return ended
        if track is not self.track:
            ended += self.end()
        if self._fragmenter is None:
            self.track, self._fragmenter, self._skipped = track, Fragmenter(track, self._send), 0
        return ended + self._fragmenter.add(Packet(time_ms, data, packet.keyframe))

    @staticmethod
    def _await_keyframe(waited_ms: int) -> None:
        """Raises Undecodable where the first keyframe does not come."""
        if waited_ms > MAX_SPAN_MS:
            raise Undecodable(f"it sends no keyframe, as cameras with intra refresh do: {GOOD_GOP}")

    def end(self) -> list[VideoFragment]:
        """What was still held; the next packet begins anew."""
        fragmenter, self._fragmenter = self._fragmenter, None
        return fragmenter.flush() if fragmenter else []
