from typing import Any

import cv2
import numpy as np
import pytest

from ingest.frames.limits import HEADER_BYTES, BrokenLimit, ImageLimit, broken_limit


def image(kind: str, width: int, height: int, *options: int) -> bytes:
    picture: Any = np.full((height, width, 3), 90, np.uint8)
    return cv2.imencode(kind, picture, list(options))[1].tobytes()


def broken(data: bytes, size: int | None = None) -> BrokenLimit | None:
    return broken_limit(data[:HEADER_BYTES], len(data) if size is None else size)


def with_profile(jpeg: bytes, segments: int) -> bytes:
    """A JPEG with a colour profile of some segments before its size."""
    return jpeg[:2] + (b"\xff\xe2\xff\xfe" + b"x" * 0xFFFC) * segments + jpeg[2:]


@pytest.mark.parametrize("kind", [".jpg", ".png"])
@pytest.mark.parametrize(("width", "height"), [(80, 80), (1920, 1080), (10_000, 80), (80, 10_000)])
def test_an_image_within_the_limits(kind: str, width: int, height: int) -> None:
    assert broken(image(kind, width, height)) is None


@pytest.mark.parametrize("kind", [".jpg", ".png"])
@pytest.mark.parametrize(("width", "height"), [(79, 200), (200, 79), (10_001, 80), (80, 10_001)])
def test_a_side_outside_the_limits(kind: str, width: int, height: int) -> None:
    assert broken(image(kind, width, height)) == BrokenLimit(
        ImageLimit.DIMENSIONS, f"{width}x{height} pixels"
    )


PROGRESSIVE = (cv2.IMWRITE_JPEG_PROGRESSIVE, 1)
SMALL, LARGE = image(".jpg", 64, 48), image(".jpg", 640, 480)


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (image(".jpg", 79, 200, *PROGRESSIVE), "79x200 pixels"),
        (with_profile(SMALL, 1), "64x48 pixels"),
        (with_profile(SMALL, 3), "64x48 pixels"),
        (SMALL[:2] + b"\xff\xff" + SMALL[2:], "64x48 pixels"),  # fill bytes
        (b"", "empty"),
        (b'{"error": 1}', "neither JPEG nor PNG"),
        (b"GIF89a" + b"\0" * 100, "neither JPEG nor PNG"),
        (LARGE[:20], "the image ends within its header"),
        (image(".png", 100, 100)[:20], "the image ends within its header"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 100, "the JPEG's header is damaged"),
        (b"\xff\xd8\xff\xd9", "the JPEG has no size"),
        (b"\xff\xd8\xff\xda\x00\x02" + b"\0" * 100, "the JPEG has no size"),
    ],
)
def test_headers(data: bytes, found: str) -> None:
    limit = broken(data)
    assert limit is not None
    assert limit.found == found


def test_a_header_that_is_not_all_there_breaks_nothing() -> None:
    assert broken(with_profile(SMALL, 5)) is None
    assert broken(LARGE[:20], size=len(LARGE)) is None


def test_a_height_that_the_header_leaves_open_breaks_nothing() -> None:
    at = LARGE.index(b"\xff\xc0") + 5
    assert broken(LARGE[:at] + b"\0\0" + LARGE[at + 2 :]) is None


@pytest.mark.parametrize(
    ("size", "found"), [(15_000_000, None), (15_000_001, "15.0 MB"), (20_123_456, "20.1 MB")]
)
def test_size(size: int, found: str | None) -> None:
    limit = broken(LARGE, size)
    assert (limit and (limit.limit, limit.found)) == (found and (ImageLimit.SIZE, found))
