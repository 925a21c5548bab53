"""Device -> frame bucket: a webcam's MJPEG frames are nearly JPEGs; here they become whole ones. Pure.

One that was cut on its way over USB lacks its end marker, a driver may pad it behind that, and many webcams
leave out the Huffman tables, since they are always the same (those of ITU-T T.81, K.3.3).
"""

from collections.abc import Iterator

from av.bitstream import BitStreamFilterContext
from av.packet import Packet

SOI, EOI = b"\xff\xd8", b"\xff\xd9"
_DHT, _SOS = 0xC4, 0xDA


def whole_jpeg(frame: bytes) -> bytes | None:
    """A JPEG that stands for itself, None of a frame that is damaged."""
    markers = list(_header(frame))
    end = frame.rfind(EOI)
    if not markers or markers[-1] != _SOS or end < 0:
        return None
    jpeg = frame[: end + len(EOI)]
    return jpeg if _DHT in markers else _with_tables(jpeg)


def _header(frame: bytes) -> Iterator[int]:
    """The markers of its segments, as far as they are whole; a good frame's last one is SOS."""
    position = len(SOI) if frame.startswith(SOI) else len(frame)
    while position + 4 <= len(frame) and frame[position] == 0xFF:
        marker = frame[position + 1]
        yield marker
        if marker == _SOS:
            return
        position += 2 + int.from_bytes(frame[position + 2 : position + 4], "big")


def _with_tables(jpeg: bytes) -> bytes:
    made = BitStreamFilterContext("mjpeg2jpeg", "mjpeg").filter(Packet(jpeg))
    return b"".join(bytes(packet) for packet in made)
