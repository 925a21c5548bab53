"""Camera -> spool: makes fragments from the packets of one opening of a camera."""

from typing import TYPE_CHECKING

from ingest.gateway.capture.capture_status import Video
from ingest.gateway.capture.demuxing import SourcePacket
from ingest.gateway.capture.fragmenting import GOOD_GOP, MAX_SPAN_MS, Fragmenter, Packet, VideoFragment
from ingest.gateway.capture.framing import CODECS, Framing, Undecodable
from ingest.gateway.capture.source import VideoSource
from ingest.gateway.config.sending import Send
from ingest.gateway.timing.packet_clock import PacketClock

if TYPE_CHECKING:
    from ingest.kvs.video import Track


class PacketPipeline:
    """One opening of a camera: its framing, and the time line and the fragments of one connection."""

    def __init__(self, source: VideoSource, send: Send) -> None:
        self._codec = CODECS[source.codec].name
        self._framing = Framing(source.codec, source.extradata)
        self._send = send
        self._clock = PacketClock()
        self._fragmenter: Fragmenter | None = None
        self._skipped = 0
        """Of the fragmenter's skipped packets, those that `take_skipped` has reported."""
        self._awaited_ms: int | None = None
        """When the wait for a keyframe began."""
        self._track: Track | None = None

    @property
    def gop_ms(self) -> int:
        """The time between keyframes, as the fragmenter measures it."""
        return self._fragmenter.gop_ms if self._fragmenter else 0

    def video(self) -> Video | None:
        """What is known about the video; None before its first keyframe."""
        if self._track is None:
            return None
        return Video(self._codec, self._track.width, self._track.height, self.gop_ms / 1000)

    def take_skipped(self) -> int:
        """How many packets were skipped since the last call."""
        total = self._fragmenter.skipped if self._fragmenter else 0
        new, self._skipped = total - self._skipped, total
        return new

    def add(self, packet: SourcePacket, arrived_ms: int) -> list[VideoFragment]:
        """Take a packet; return the fragments that are complete now. Raises Undecodable."""
        keyframe = packet.keyframe
        if keyframe or self._awaited_ms is None:
            self._awaited_ms = arrived_ms
        if not keyframe and self._framing.track is None:
            self._await_keyframe(arrived_ms - self._awaited_ms)
            return []
        is_needed = self._fragmenter is None or self._fragmenter.wants(keyframe=keyframe)
        data = self._framing.take(packet.data, keyframe=keyframe) if is_needed else b""
        ended: list[VideoFragment] = []
        time_ms = self._clock.time_ms(packet.own_ms, arrived_ms, keyframe=keyframe)
        if time_ms is None:  # the camera's clock has jumped, or drifted: it is anchored to ours anew
            ended, self._clock = self.end(), PacketClock()
            time_ms = self._clock.time_ms(packet.own_ms, arrived_ms) or arrived_ms
        track = self._framing.track
        if track is None:
            return ended
        if track is not self._track:
            ended += self.end()
        if self._fragmenter is None:
            self._track, self._fragmenter, self._skipped = track, Fragmenter(track, self._send), 0
        return ended + self._fragmenter.add(Packet(time_ms, data, keyframe))

    def end(self) -> list[VideoFragment]:
        """Return what was still held; the next packet begins a new fragment."""
        fragmenter, self._fragmenter = self._fragmenter, None
        return fragmenter.flush() if fragmenter else []

    @staticmethod
    def _await_keyframe(waited_ms: int) -> None:
        """Raises Undecodable if the first keyframe does not come."""
        if waited_ms > MAX_SPAN_MS:
            raise Undecodable(f"it sends no keyframe, like cameras with intra refresh: {GOOD_GOP}")
