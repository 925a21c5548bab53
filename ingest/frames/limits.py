"""What DetectLabels accepts as a frame, and what the header of a JPEG or PNG says about it. Pure.

The limits: https://docs.aws.amazon.com/rekognition/latest/dg/limits.html, "Set quotas". JPEG's markers: ITU-T
T.81, annex B; PNG's header: https://www.w3.org/TR/png-3/#11IHDR.
"""

from dataclasses import dataclass
from enum import StrEnum

MAX_BYTES = 15_000_000
"""The page says 15 MB for an image in S3. Senders keep to the smaller reading of that."""
MIN_SIDE, MAX_SIDE = 80, 10_000
"""Pixels, both for width and height."""
HEADER_BYTES = 256 * 1024
"""Enough for the header: it ends before the picture; colour profile and thumbnail take up to 64 KiB each."""

_SOI, _PNG = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"
_SIZES_OF_JPEG = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""SOF0 to SOF15; three codes among them mean something else."""
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})
_EOI, _SOS = 0xD9, 0xDA


class ImageLimit(StrEnum):
    """A kind of limit that an image can break."""

    SIZE = "size"
    FORMAT = "format"
    DIMENSIONS = "dimensions"


@dataclass(frozen=True)
class BrokenLimit:
    """A limit that an image breaks; `found` is what the image has instead, such as `640x72 pixels`."""

    limit: ImageLimit
    found: str


class _Damaged(ValueError):
    """A header that no decoder understands."""


def broken_limit(start: bytes, size: int) -> BrokenLimit | None:
    """The documented limit that an image of `size` bytes breaks; None if it keeps them, as far as is known.

    `start` are its first HEADER_BYTES, or all of it if it is smaller.
    """
    if size > MAX_BYTES:
        return BrokenLimit(ImageLimit.SIZE, f"{size / 1e6:.1f} MB")
    try:
        sides = _sides(start, whole=len(start) >= size)
    except _Damaged as error:
        return BrokenLimit(ImageLimit.FORMAT, str(error))
    if sides is not None and not all(MIN_SIDE <= side <= MAX_SIDE for side in sides):
        width, height = sides
        return BrokenLimit(ImageLimit.DIMENSIONS, f"{width}x{height} pixels")
    return None


def pixels(image: bytes) -> int:
    """The pixels of a whole JPEG or PNG, by its header; 0 if that is damaged."""
    try:
        sides = _sides(image, whole=True)
    except _Damaged:
        return 0
    return sides[0] * sides[1] if sides else 0


def _sides(start: bytes, *, whole: bool) -> tuple[int, int] | None:
    """Width and height; None if `start` ends before they are known. Raises _Damaged."""
    if not start.startswith((_SOI, _PNG)):
        raise _Damaged("neither JPEG nor PNG" if start else "empty")
    try:
        sides = _of_png(start) if start.startswith(_PNG) else _of_jpeg(start)
    except IndexError:
        if whole:
            raise _Damaged("the image ends within its header") from None
        return None
    return sides if all(sides) else None  # a JPEG may tell its height only after the picture


def _of_png(start: bytes) -> tuple[int, int]:
    return _number(start, 16, 4), _number(start, 20, 4)


def _of_jpeg(start: bytes) -> tuple[int, int]:
    """Raises IndexError if `start` ends too early, and _Damaged."""
    at = 2
    while True:
        if start[at] != 0xFF:
            raise _Damaged("the JPEG's header is damaged")
        marker = start[at + 1]
        if marker == 0xFF:  # a marker may be preceded by any number of these
            at += 1
        elif marker in _WITHOUT_LENGTH:
            at += 2
        elif marker in {_SOS, _EOI}:
            raise _Damaged("the JPEG has no size")
        elif marker in _SIZES_OF_JPEG:
            return _number(start, at + 7, 2), _number(start, at + 5, 2)
        else:
            at += 2 + _number(start, at + 2, 2)


def _number(data: bytes, at: int, length: int) -> int:
    if at + length > len(data):
        raise IndexError(at)
    return int.from_bytes(data[at : at + length], "big")
