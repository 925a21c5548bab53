from pathlib import Path

import cv2
import numpy as np
import pytest

from infra.cli.view.frame import UnviewableFrame, from_file, still
from infra.local.rekognition.detectors.detection import Image
from infra.local.simulated_store.cameras.media import UnopenableVideo
from ingest.errors import OccupancyError
from tests.infra.local.simulated_store.videos import make_video

NO_VIDEO = (
    "video {path} cannot be read: Invalid data found when processing input; give a file, an rtsp:// address"
    " or a device"
)


def picture(width: int = 160, height: int = 120) -> Image:
    """Dark on the left, bright on the right."""
    return np.full((height, width, 3), np.linspace(20, 220, width)[np.newaxis, :, np.newaxis], np.uint8)


@pytest.mark.parametrize(("suffix", "content_type"), [(".jpg", "image/jpeg"), (".png", "image/png")])
def test_a_picture_is_taken_as_it_is(tmp_path: Path, suffix: str, content_type: str) -> None:
    path = tmp_path / f"shop{suffix}"
    path.write_bytes(cv2.imencode(suffix, picture())[1].tobytes())
    frame = from_file(path)
    assert (frame.data, frame.content_type, frame.origin) == (path.read_bytes(), content_type, path.name)
    assert frame.size == (160, 120)
    assert np.abs(frame.pixels.astype(int) - picture()).max() < 6


@pytest.mark.parametrize(("codec", "suffix"), [("libx264", ".mp4"), ("libx265", ".mkv"), ("mpeg4", ".avi")])
def test_the_first_frame_of_a_video(tmp_path: Path, codec: str, suffix: str) -> None:
    path = make_video(tmp_path / f"shop{suffix}", codec)  # each picture has its number as its grey level
    frame = from_file(path)
    assert (frame.content_type, frame.origin, frame.size) == (
        "image/jpeg", f"first frame of shop{suffix}", (160, 120),
    )  # fmt: skip
    assert frame.pixels.mean() < 3


@pytest.mark.parametrize(
    ("content", "error", "sentence"),
    [
        (
            b"\xff\xd8\xff\xe0 and nothing more",
            UnviewableFrame,
            "{path} is damaged: it cannot be decoded as JPEG or PNG",
        ),
        (
            cv2.imencode(".png", picture(79))[1].tobytes(),
            UnviewableFrame,
            (
                "{path} has a size that no detector takes: Image is 79x120 pixels; 80 to 10000 a side are"
                " accepted."
            ),
        ),
        (
            b"a text",
            UnopenableVideo,
            NO_VIDEO,
        ),
        (
            b"",
            UnopenableVideo,
            NO_VIDEO,
        ),
    ],
)  # fmt: skip
def test_what_is_no_picture(
    tmp_path: Path, content: bytes, error: type[OccupancyError], sentence: str
) -> None:
    path = tmp_path / "shop"
    path.write_bytes(content)
    with pytest.raises(error) as refused:
        from_file(path)
    assert str(refused.value) == sentence.format(path=path)


def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    with pytest.raises(UnviewableFrame) as refused:
        from_file(tmp_path)
    assert str(refused.value) == f"{tmp_path} cannot be read: Is a directory"


def test_an_image_of_a_stream_may_be_broken() -> None:
    with pytest.raises(UnviewableFrame, match=r"^the image of 'x' is damaged"):
        still(b"\xff\xd8\xff", "the image of 'x'", "now")
