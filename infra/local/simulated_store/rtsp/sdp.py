"""Describes a track in SDP, with the payload formats of RFC 6184 and RFC 7798. Pure."""

from base64 import b64encode
from collections.abc import Iterator

from infra.local.simulated_store.rtsp.messages import TRACK
from ingest.kvs.video import Track

PAYLOAD_TYPE = 96
CLOCK_RATE = 90_000
_HEVC_SETS = {32: "sprop-vps", 33: "sprop-sps", 34: "sprop-pps"}
ENCODINGS = {"V_MPEG4/ISO/AVC": "H264", "V_MPEGH/ISO/HEVC": "H265"}


def description(name: str, track: Track) -> str:
    """The session description of a presentation with a single stream."""
    encoding = ENCODINGS[track.codec_id]
    parameters = _h264(track.codec_private) if encoding == "H264" else _h265(track.codec_private)
    lines = [
        "v=0",
        "o=- 1 1 IN IP4 127.0.0.1",
        f"s={name}",
        "c=IN IP4 0.0.0.0",
        "t=0 0",
        "a=control:*",
        "a=range:npt=now-",
        f"m=video 0 RTP/AVP {PAYLOAD_TYPE}",
        f"a=rtpmap:{PAYLOAD_TYPE} {encoding}/{CLOCK_RATE}",
        f"a=fmtp:{PAYLOAD_TYPE} {parameters}",
        f"a=control:{TRACK}",
    ]
    return "".join(f"{line}\r\n" for line in lines)


def length_size(track: Track) -> int:
    """The number of bytes of the length prefix of each NAL unit in the frames of the track."""
    place = 4 if ENCODINGS[track.codec_id] == "H264" else 21
    return (track.codec_private[place] & 3) + 1


def _h264(avcc: bytes) -> str:
    """The parameters of RFC 6184, section 8.1, from an avcC."""
    units, position = [], 5
    for mask in (0x1F, 0xFF):  # SPS, then PPS
        count, position = avcc[position] & mask, position + 1
        for _ in range(count):
            unit, position = _length_prefixed(avcc, position)
            units.append(unit)
    sets = ",".join(b64encode(unit).decode() for unit in units)
    return f"packetization-mode=1;profile-level-id={avcc[1:4].hex().upper()};sprop-parameter-sets={sets}"


def _h265(hvcc: bytes) -> str:
    """The parameters of RFC 7798, section 7.1, from an hvcC."""
    values: dict[str, list[str]] = {}
    for kind, unit in _hevc_units(hvcc):
        if name := _HEVC_SETS.get(kind):
            values.setdefault(name, []).append(b64encode(unit).decode())
    return ";".join(f"{name}={','.join(values[name])}" for name in _HEVC_SETS.values() if name in values)


def _hevc_units(hvcc: bytes) -> Iterator[tuple[int, bytes]]:
    """The type and bytes of each NAL unit in the hvcC."""
    position = 23
    for _ in range(hvcc[22]):
        kind, count = hvcc[position] & 0x3F, int.from_bytes(hvcc[position + 1 : position + 3], "big")
        position += 3
        for _ in range(count):
            unit, position = _length_prefixed(hvcc, position)
            yield kind, unit


def _length_prefixed(data: bytes, position: int) -> tuple[bytes, int]:
    """The bytes after a 16-bit length, and the position of their end."""
    start = position + 2
    end = start + int.from_bytes(data[position:start], "big")
    return data[start:end], end
