"""Pictures: checks them, encodes them as JPEG, scales them."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from deeplens.camera import blank

Picture = Any
"""A numpy array, height x width x 3, uint8, BGR; numpy for Python 3.7 has no types for that."""

MIN_SIDE = 80
"""The least width and height in pixels for Rekognition, https://docs.aws.amazon.com/rekognition/latest/dg/limits.html."""
MAX_BYTES = 15_000_000
"""The most bytes that Rekognition takes from S3, as on that page."""
COARSER = 10
"""By how much the quality is lowered while a JPEG is too large."""


def fault(picture: Any) -> str | None:
    """Return why a camera's answer is no picture, or None; what it shows is for `shows_nothing`."""
    if picture is None:
        return "the camera gives no picture"
    if not isinstance(picture, np.ndarray) or picture.dtype != np.uint8 or picture.shape[2:] != (3,):
        return f"the camera's picture is {_kind(picture)}, not height x width x 3 of uint8"
    height, width, _ = picture.shape
    if min(height, width) < MIN_SIDE:
        return f"the camera's picture is {width}x{height}, but both sides need at least {MIN_SIDE} pixels"
    return None


def shows_nothing(picture: Picture) -> bool:
    """Return whether a picture is black or of one colour: it does not show an empty shop."""
    height, width, _ = picture.shape
    across, down = blank.grid_size(width, height)
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY).astype(np.float32)
    grid = cv2.resize(grey, (across, down), interpolation=cv2.INTER_AREA)
    return blank.shows_nothing(grid.ravel().tolist(), across)


def jpeg(picture: Picture, quality: int, max_bytes: int = MAX_BYTES) -> bytes:
    """Encode a picture as JPEG; `quality` is 1..100, and lowered until the JPEG fits into `max_bytes`."""
    while True:
        _, encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
        if len(encoded) <= max_bytes or quality == 1:
            return bytes(encoded.tobytes())
        quality = max(1, quality - COARSER)


def is_jpeg(data: bytes) -> bool:
    """Whether the data begin and end as a JPEG: a file that a power cut damaged does not."""
    return data.startswith(b"\xff\xd8") and data.endswith(b"\xff\xd9")


def scaled(picture: Picture, height: int) -> Picture:
    """Scale a picture to another height; it keeps its proportions, with an even width."""
    width = round(picture.shape[1] * height / picture.shape[0] / 2) * 2
    return cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)


def _kind(thing: object) -> str:
    if isinstance(thing, np.ndarray):
        return f"{'x'.join(map(str, thing.shape))} of {thing.dtype}"
    return f"of type {type(thing).__name__}"
