"""A track -> how DESCRIBE declares it: SDP with the payload formats of RFC 6184 and RFC 7798."""

from base64 import b64encode
from collections.abc import Iterator

from infra.local.simulated_store.rtsp.messages import TRACK
from ingest.kvs.video import Track

PAYLOAD_TYPE = 96
CLOCK_RATE = 90_000
_HEVC_SETS = {32: "sprop-vps", 33: "sprop-sps", 34: "sprop-pps"}
ENCODINGS = {"V_MPEG4/ISO/AVC": "H264", "V_MPEGH/ISO/HEVC": "H265"}


def description(name: str, track: Track) -> str:
    """The session description of a presentation with one stream."""
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
    """How many bytes the length before each NAL unit of the track's frames has."""
    place = 4 if ENCODINGS[track.codec_id] == "H264" else 21
    return (track.codec_private[place] & 3) + 1


def _h264(avcc: bytes) -> str:
    """Section 8.1 of RFC 6184, out of an avcC."""
    units, position = [], 5
    for mask in (0x1F, 0xFF):  # SPS, then PPS
        count, position = avcc[position] & mask, position + 1
        for _ in range(count):
            unit, position = _counted(avcc, position)
            units.append(unit)
    sets = ",".join(b64encode(unit).decode() for unit in units)
    return f"packetization-mode=1;profile-level-id={avcc[1:4].hex().upper()};sprop-parameter-sets={sets}"


def _h265(hvcc: bytes) -> str:
    """Section 7.1 of RFC 7798, out of an hvcC."""
    values: dict[str, list[str]] = {}
    for kind, unit in _hevc_units(hvcc):
        if name := _HEVC_SETS.get(kind):
            values.setdefault(name, []).append(b64encode(unit).decode())
    return ";".join(f"{name}={','.join(values[name])}" for name in _HEVC_SETS.values() if name in values)


def _hevc_units(hvcc: bytes) -> Iterator[tuple[int, bytes]]:
    """(type, NAL unit) of each in the hvcC."""
    position = 23
    for _ in range(hvcc[22]):
        kind, count = hvcc[position] & 0x3F, int.from_bytes(hvcc[position + 1 : position + 3], "big")
        position += 3
        for _ in range(count):
            unit, position = _counted(hvcc, position)
            yield kind, unit


def _counted(data: bytes, position: int) -> tuple[bytes, int]:
    """What stands behind a 16 bit length, and where it ends."""
    start = position + 2
    end = start + int.from_bytes(data[position:start], "big")
    return data[start:end], end
