"""JPEG and PNG as they come, and what is neither."""

from collections.abc import Callable

import cv2
import pytest

from ingest.luma import image_shows_nothing
from tests.ingest.pictures import Picture, jpeg, plain, sensed, stripes

DARK = sensed(plain(0, (640, 480)), noise=5)
SCENE = stripes(100, (640, 480))


def png(picture: Picture) -> bytes:
    return cv2.imencode(".png", picture)[1].tobytes()


def grey_jpeg(picture: Picture) -> bytes:
    return jpeg(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY))


def progressive(picture: Picture) -> bytes:
    return cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])[1].tobytes()


@pytest.mark.parametrize("coded", [jpeg, png, grey_jpeg, progressive])
def test_an_image_shows_something_or_nothing(coded: Callable[[Picture], bytes]) -> None:
    assert image_shows_nothing(coded(SCENE)) is False
    assert image_shows_nothing(coded(DARK)) is True


@pytest.mark.parametrize("image", [b"", b"text", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xd9", png(SCENE)[:40]])
def test_what_cannot_be_decoded_is_not_judged(image: bytes) -> None:
    assert image_shows_nothing(image) is None
