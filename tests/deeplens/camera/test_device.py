"""awscam where it is installed, else a Video4Linux device."""

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import cv2
import numpy as np
import pytest

from deeplens.camera.device import AwsCam, NoPicture, VideoDevice, choose
from deeplens.common.errors import UnitError
from tests.deeplens.unit import Library, grey


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ((False, None), "gives no picture"),
        ((False, grey()), "gives no picture"),
        ((True, None), "gives no picture"),
        ((True, grey()[..., 0]), "90x160 of uint8"),
        (RuntimeError("no stream"), r"awscam fails \(no stream\)"),
    ],
)
def test_what_awscam_may_answer(answer: Any, why: str) -> None:
    library = Library([answer, (True, grey(7 * 9))])
    camera = AwsCam(library)
    with pytest.raises(NoPicture, match=why):
        camera.read()
    assert camera.read()[0, 0, 0] == 63


def test_auto_takes_awscam_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    assert choose("auto").name == "/dev/video0"
    assert choose("/dev/video2").name == "/dev/video2"
    with pytest.raises(UnitError, match="awscam"):
        choose("awscam")
    monkeypatch.setitem(sys.modules, "awscam", ModuleType("awscam"))
    assert choose("auto").name == choose("awscam").name == "awscam"


def test_a_device_that_is_not_there_is_named_and_tried_again() -> None:
    camera = VideoDevice("/dev/video-none")
    for _ in range(2):
        with pytest.raises(NoPicture, match=r"/dev/video-none cannot be opened"):
            camera.read()


@pytest.fixture
def video(tmp_path: Path) -> Path:
    """Twelve pictures, each 20 brighter than the one before; OpenCV reads a file as it reads a device."""
    path = tmp_path / "video.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (160, 90))
    for number in range(12):
        writer.write(grey(20 + 20 * number))
    writer.release()
    return path


def test_what_was_buffered_since_the_last_look_is_passed_over(video: Path) -> None:
    camera = VideoDevice(str(video))
    levels = [round(float(np.mean(camera.read())) / 20) * 20 for _ in range(2)]
    assert levels == [100, 200]


def test_a_device_that_stops_is_opened_anew(video: Path) -> None:
    camera = VideoDevice(str(video))
    camera.read()
    camera.read()
    with pytest.raises(NoPicture, match="gives no picture"):
        camera.read()
    assert round(float(np.mean(camera.read())) / 20) * 20 == 100
