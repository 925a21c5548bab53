"""Pictures that show something or nothing: people, noise, darkness, fog, infrared, a recorder's "no signal".

All are height x width x 3 of uint8, BGR, as OpenCV has them; noise has a fixed seed.
"""

from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from av.codec.context import CodecContext
from av.video.frame import VideoFrame

Picture = Any
FRAMES = Path(__file__).parents[3] / "shared" / "footage" / "frames"


def plain(level: int, size: tuple[int, int] = (1280, 720)) -> Picture:
    """A picture of one grey; `size` is width and height."""
    return np.full((size[1], size[0], 3), level, np.uint8)


def stripes(level: int = 128, size: tuple[int, int] = (1280, 720)) -> Picture:
    """A picture that shows something: seven upright stripes, the grey in the middle."""
    picture = plain(level, size)
    picture[:, np.arange(size[0]) * 7 // size[0] % 2 == 0] = 40 if level > 128 else 200
    return picture


def sensed(picture: Picture, gain: float = 1.0, noise: float = 0.0, offset: float = 0.0) -> Picture:
    """The picture as a sensor gives it: brightness scaled, then noise of that standard deviation, clipped."""
    random = np.random.default_rng(7)
    grains = random.normal(0, noise, picture.shape[:2])[..., None] if noise else 0.0
    light = picture.astype(np.float32) * gain + offset + grains
    return np.clip(np.round(light), 0, 255).astype(np.uint8)


def jpeg(picture: Picture, quality: int = 85) -> bytes:
    """The picture as a JPEG."""
    return cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()


def grey_of(picture: Picture) -> Picture:
    """The picture as a camera gives it by infrared light."""
    return cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)


def no_signal(background: tuple[int, int, int], size: tuple[int, int] = (1280, 720)) -> Picture:
    """What a recorder shows for a camera that it has lost: a text, the name of the channel, a clock."""
    width, height = size
    picture = np.full((height, width, 3), background, np.uint8)
    scale = height / 720
    for text, place, letters in (
        ("NO SIGNAL", (0.33, 0.52), 3.0),
        ("2026-11-30 15:52:11 Mon", (0.02, 0.07), 1.3),
        ("CAMERA 01", (0.8, 0.96), 1.3),
    ):
        corner = int(place[0] * width), int(place[1] * height)
        thickness = max(1, int(letters * scale))
        cv2.putText(picture, text, corner, 0, letters * scale, (255, 255, 255), thickness)
    return picture


def lit_corner(strength: float, size: tuple[int, int] = (1280, 720)) -> Picture:
    """Black with light that leaks in at a corner, as a sensor glows or a cap lets through."""
    rows, columns = np.mgrid[0 : size[1], 0 : size[0]]
    light = strength * np.exp(-((columns - size[0]) ** 2 + rows**2) / (size[0] / 4) ** 2)
    return np.repeat(light[..., None], 3, 2).astype(np.uint8)


def floor(level: int, shading: int = 0, size: tuple[int, int] = (1280, 720)) -> Picture:
    """A plain floor, `shading` levels brighter or darker at each of its edges; of floats, for `sensed`."""
    across, down = np.linspace(-shading, shading, size[0]), np.linspace(shading, -shading, size[1])
    return np.repeat((level + across[None, :] + down[:, None])[..., None], 3, 2)


def with_person(picture: Picture, height: int, x: int) -> Picture:
    """The picture with a standing person of this height in pixels: hair, face, coat, trousers."""
    drawn, unit, top = picture.copy(), height / 8, picture.shape[0] // 8
    for grey, (left, right), (upper, lower) in (
        (120, (-1.1, 1.1), (1.2, 4.2)),
        (45, (-0.8, 0.8), (4.2, 8)),
        (150, (-0.45, 0.45), (0, 1.2)),
        (30, (-0.45, 0.45), (0, 0.4)),
    ):
        rows = slice(int(top + upper * unit), int(top + lower * unit))
        drawn[rows, int(x + left * unit) : int(x + right * unit)] = grey
    return drawn


def h264(picture: Picture, crf: int) -> VideoFrame:
    """The picture as the keyframe of an H.264 stream of this rate factor gives it."""
    encoder: Any = CodecContext.create("libx264", "w")
    encoder.height, encoder.width = picture.shape[:2]
    encoder.pix_fmt, encoder.time_base, encoder.thread_count = "yuv420p", Fraction(1, 5), 1
    encoder.options = {"crf": str(crf), "preset": "veryfast", "tune": "zerolatency"}
    frame = VideoFrame.from_ndarray(picture, format="bgr24").reformat(format="yuv420p")
    packets = [*encoder.encode(frame), *encoder.encode(None)]
    decoder: Any = CodecContext.create("h264", "r")
    frames: list[VideoFrame] = []
    for packet in packets:
        frames += decoder.decode(av.Packet(bytes(packet)))
    frames += decoder.decode(None)
    return frames[0]


@cache
def footage() -> dict[str, Picture]:
    """The frames of the shared footage by name; empty if it is not there."""
    return {path.stem: cv2.imread(str(path)) for path in sorted(FRAMES.glob("*.jpg"))}
