"""Pictures: what is one, as JPEG, and at another size."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

Picture = Any
"""Height x width x 3, uint8, BGR: an array of numpy, whose types Python 3.7's numpy does not have."""

MIN_SIDE = 80
"""Pixels a side that Rekognition needs, https://docs.aws.amazon.com/rekognition/latest/dg/limits.html."""
BLACK = 16
"""Video's level of black: a picture without anything above it shows nothing that could be counted."""


def fault(picture: Any) -> str | None:
    """Why nothing can be counted on it, or None: a black picture is no picture of nobody."""
    if picture is None:
        return "the camera gives no picture"
    if not isinstance(picture, np.ndarray) or picture.dtype != np.uint8 or picture.shape[2:] != (3,):
        return f"the camera's picture is {_kind(picture)}, not height x width x 3 of uint8"
    height, width, _ = picture.shape
    if min(height, width) < MIN_SIDE:
        return f"the camera's picture is {width}x{height}, at least {MIN_SIDE} pixels a side are needed"
    if picture.max() <= BLACK:
        return "the camera's picture is all black: is its lens covered, or the light off?"
    return None


def jpeg(picture: Picture, quality: int) -> bytes:
    """The picture as JPEG; `quality` 1..100."""
    _, encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return bytes(encoded.tobytes())


def is_jpeg(data: bytes) -> bool:
    """Whether it has a JPEG's beginning and end: what a power cut left of a file has not."""
    return data.startswith(b"\xff\xd8") and data.endswith(b"\xff\xd9")


def scaled(picture: Picture, height: int) -> Picture:
    """The picture at another height, its shape kept, its width even."""
    width = round(picture.shape[1] * height / picture.shape[0] / 2) * 2
    return cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)


def _kind(thing: object) -> str:
    if isinstance(thing, np.ndarray):
        return f"{'x'.join(map(str, thing.shape))} of {thing.dtype}"
    return f"of type {type(thing).__name__}"
