"""Turns encoded frames into RTP and RTCP packets with FFmpeg's muxer `rtp` (RFC 3550, 6184, 7798)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import av

from infra.local.simulated_store.cameras.media import EncodedFrame
from infra.local.simulated_store.rtsp.sdp import CLOCK_RATE, ENCODINGS, PAYLOAD_TYPE, length_size
from ingest.kvs.video import Track

PACKET_SIZE = 1400
"""Bytes; such a packet fits into an Ethernet frame."""
START_CODE = b"\0\0\0\1"
_FORMATS = {"H264": "h264", "H265": "hevc"}
_BEFORE = -(1 << 40)  # the muxer requires decoding times but does not send them


def is_rtcp(packet: bytes) -> bool:
    """Whether it is an RTCP packet (RFC 5761, section 4)."""
    return 200 <= packet[1] <= 204


@dataclass(frozen=True)
class PacketizedFrame:
    """A frame as RTP and RTCP packets, the same for all clients."""

    keyframe: bool
    packets: Sequence[bytes]
    _interleaved: dict[tuple[int, int], bytes] = field(default_factory=dict, repr=False)

    @property
    def first(self) -> tuple[int, int]:
        """The sequence number and timestamp of the first RTP packet."""
        packet = next(packet for packet in self.packets if not is_rtcp(packet))
        return int.from_bytes(packet[2:4], "big"), int.from_bytes(packet[4:8], "big")

    def interleaved(self, channels: tuple[int, int]) -> bytes:
        """All packets interleaved for a client with these channels (RTP, RTCP): section 10.12 of RFC 2326.

        Built once for all clients with the same channels.
        """
        if channels not in self._interleaved:
            self._interleaved[channels] = b"".join(
                b"$%c%b%b" % (channels[is_rtcp(packet)], len(packet).to_bytes(2, "big"), packet)
                for packet in self.packets
            )
        return self._interleaved[channels]


class Packetizer:
    """The packetizer of a feed. Not thread-safe."""

    def __init__(self, track: Track) -> None:
        self._written: list[bytes] = []
        self._length_size = length_size(track)
        options = {"packetsize": str(PACKET_SIZE), "payload_type": str(PAYLOAD_TYPE), "rtpflags": "send_bye"}
        options["avoid_negative_ts"] = "disabled"
        self._container = av.open(self, "w", format="rtp", options=options)
        name = _FORMATS[ENCODINGS[track.codec_id]]
        self._stream = self._container.add_mux_stream(name, width=track.width, height=track.height)
        self._stream.time_base = Fraction(1, CLOCK_RATE)
        self._start_ms: int | None = None

    def write(self, packet: bytes) -> int:
        """Called by the muxer for each packet."""
        self._written.append(bytes(packet))
        return len(packet)

    def packetize(self, frame: EncodedFrame) -> PacketizedFrame:
        """The packets of the frame, sometimes after a sender report."""
        if self._start_ms is None:
            self._start_ms = frame.time_ms
        packet = av.Packet(annex_b(frame.data, self._length_size))
        packet.stream, packet.time_base = self._stream, Fraction(1, 1000)
        packet.pts, packet.dts, packet.is_keyframe = frame.time_ms - self._start_ms, _BEFORE, frame.keyframe
        self._container.mux(packet)
        return PacketizedFrame(frame.keyframe, self._flush())

    def close(self) -> PacketizedFrame:
        """The BYE of RTCP, if anything was sent before."""
        self._container.close()
        return PacketizedFrame(False, self._flush())

    def _flush(self) -> list[bytes]:
        written, self._written = self._written, []
        return written


def annex_b(data: bytes, length_size: int) -> bytes:
    """The NAL units with start codes instead of length prefixes."""
    units: list[bytes] = []
    position = 0
    while position < len(data):
        start = position + length_size
        position = start + int.from_bytes(data[position:start], "big")
        units += START_CODE, data[start:position]
    return b"".join(units)
