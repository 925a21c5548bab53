"""Whether two JPEGs show the same frame, whatever their quality."""

import numpy as np
import pytest
from av.video.frame import VideoFrame

from infra.cli.doctor.cameras.same_picture import show_same_picture
from infra.local.rekognition.detectors.detection import Image
from ingest.jpeg import JpegEncoder


def scene(person_at: int | None = None, size: tuple[int, int] = (1280, 720)) -> Image:
    """A textured picture of a shop; a person of 5 % of its width stands at that share of it, in percent."""
    width, height = size
    texture = np.random.default_rng(1).integers(90, 150, (height, width, 3), np.uint8)
    if person_at is not None:
        left = width * person_at // 100
        texture[height // 3 : 2 * height // 3, left : left + width // 20] = 20
    return texture


def jpeg(image: Image, qscale: int = 1) -> bytes:
    return JpegEncoder(qscale).encode(VideoFrame.from_ndarray(image, format="bgr24"))


@pytest.mark.parametrize("qscale", [1, 3, 8])
def test_another_quality_is_the_same_picture(qscale: int) -> None:
    assert show_same_picture(jpeg(scene(40)), jpeg(scene(40), qscale))


@pytest.mark.parametrize("qscale", [1, 8])
@pytest.mark.parametrize("moved_to", [41, 60, None])
def test_a_person_who_moved_is_another_picture(moved_to: int | None, qscale: int) -> None:
    assert not show_same_picture(jpeg(scene(40)), jpeg(scene(moved_to), qscale))


def test_another_size_is_the_same_picture() -> None:
    small, large = scene(size=(640, 360)) // 8, scene(size=(1280, 720)) // 8
    small[:, :320], large[:, :640] = 200, 200
    assert show_same_picture(jpeg(large), jpeg(small))
