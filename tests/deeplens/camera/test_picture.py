"""What can be counted, and its JPEG."""

from typing import Any

import cv2
import numpy as np
import pytest

from deeplens.camera.picture import MAX_BYTES, fault, is_jpeg, jpeg, scaled, shows_nothing
from tests.deeplens.unit import grey, stripes


@pytest.mark.parametrize(
    ("picture", "why"),
    [
        (None, "gives no picture"),
        ("text", "of type str, not height x width x 3"),
        (np.zeros((90, 160), np.uint8), "90x160 of uint8, not height x width x 3"),
        (np.zeros((90, 160, 4), np.uint8), "90x160x4 of uint8, not"),
        (np.zeros((90, 160, 3), np.float32), "90x160x3 of float32, not"),
        (np.zeros((0, 0, 3), np.uint8), "0x0, but both sides need at least 80 pixels"),
        (grey(height=79), "160x79, but both sides need at least 80 pixels"),
    ],
)
def test_what_cannot_be_counted_has_a_reason(picture: Any, why: str) -> None:
    assert why in (fault(picture) or "")


@pytest.mark.parametrize("picture", [grey(0), grey(16), grey(128), stripes()])
def test_what_a_picture_shows_is_no_fault_of_the_camera(picture: Any) -> None:
    assert fault(picture) is None


@pytest.mark.parametrize(
    ("picture", "nothing"), [(grey(0), True), (grey(128), True), (stripes(), False), (stripes() // 8, False)]
)
def test_a_picture_of_one_grey_shows_nothing(picture: Any, nothing: bool) -> None:
    assert shows_nothing(picture) is nothing


@pytest.mark.parametrize("quality", [1, 90, 100])
def test_jpeg_and_back(quality: int) -> None:
    data = jpeg(grey(100), quality)
    assert is_jpeg(data)
    decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None
    assert decoded.shape == (90, 160, 3)
    assert abs(int(decoded.mean()) - 100) <= 4


@pytest.mark.parametrize("data", [b"", b"\xff\xd8\xff", jpeg(grey(), 90)[:-1], b"\0" * 100])
def test_what_a_power_cut_leaves_is_no_jpeg(data: bytes) -> None:
    assert not is_jpeg(data)


@pytest.mark.parametrize(("height", "width"), [(480, 854), (720, 1280), (1080, 1920)])
def test_scaled_keeps_the_shape(height: int, width: int) -> None:
    assert scaled(grey(height=1080, width=1920), height).shape == (height, width, 3)


def test_a_jpeg_that_is_too_large_is_coarser() -> None:
    noise: Any = np.random.default_rng(1).integers(0, 256, (300, 400, 3), np.uint8)
    finest = jpeg(noise, 90, max_bytes=10**9)
    coarser = jpeg(noise, 90, max_bytes=len(finest) - 1)
    assert len(coarser) < len(finest)
    assert coarser == jpeg(noise, 80)
    assert jpeg(noise, 90, max_bytes=1) == jpeg(noise, 1)


def test_the_limit_is_that_of_rekognition() -> None:
    assert MAX_BYTES == 15_000_000
    noise: Any = np.random.default_rng(1).integers(0, 256, (4000, 6000, 3), np.uint8)
    assert len(jpeg(noise, 100, max_bytes=10**9)) > MAX_BYTES >= len(jpeg(noise, 100))
