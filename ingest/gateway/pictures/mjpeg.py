"""Device -> frame bucket: completes a webcam's MJPEG frames, which are nearly JPEGs.

A frame that was cut on its way over USB has no end marker, a driver may add padding after it, and many
webcams omit the Huffman tables, because these are always the same (those of ITU-T T.81, K.3.3).
"""

from collections.abc import Iterator

from av.bitstream import BitStreamFilterContext
from av.packet import Packet

SOI, EOI = b"\xff\xd8", b"\xff\xd9"
_DHT, _SOS = 0xC4, 0xDA


def whole_jpeg(frame: bytes) -> bytes | None:
    """A complete JPEG, None if the frame is damaged."""
    markers = list(_header(frame))
    end = frame.rfind(EOI)
    if not markers or markers[-1] != _SOS or end < 0:
        return None
    jpeg = frame[: end + len(EOI)]
    return jpeg if _DHT in markers else _with_tables(jpeg)


def _header(frame: bytes) -> Iterator[int]:
    """The markers of its whole segments; the last one of a good frame is SOS."""
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
