"""The unit's camera: awscam on an original DeepLens unit, any Video4Linux device elsewhere."""

from __future__ import annotations

import importlib
from typing import Any, Union

import cv2

from deeplens.camera.picture import Picture, fault
from deeplens.common.errors import UnitError
from deeplens.common.settings import AUTO

FIRST_DEVICE = "/dev/video0"
BUFFERED = 4
"""Pictures of a Video4Linux device that OpenCV buffers: only the picture after them is new."""
WIDTH, HEIGHT = 1920, 1080


class NoPicture(UnitError):
    """The camera gives nothing that can be counted; the next reading tries again."""


class AwsCam:
    """The camera of a DeepLens unit, read with its own library.

    https://docs.aws.amazon.com/deeplens/latest/dg/deeplens-device-library-awscam-model-get-last-frame.html
    """

    name = "awscam"

    def __init__(self, library: Any) -> None:
        self._library = library

    def read(self) -> Picture:
        """Return the latest picture. Raises NoPicture."""
        try:
            there, picture = self._library.getLastFrame()
        except (OSError, RuntimeError, cv2.error) as error:
            raise NoPicture(f"awscam fails ({error}): is its service running?") from error
        return _countable(picture if there else None)


class VideoDevice:
    """A Video4Linux device, read with OpenCV: opened at the first reading, and again after a failure."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._capture: Any = None

    def read(self) -> Picture:
        """Return a new picture. Raises NoPicture."""
        if self._capture is None:
            self._open()
        for _ in range(BUFFERED):
            self._capture.grab()
        there, picture = self._capture.read()
        if not there:
            self._capture.release()
            self._capture = None
        return _countable(picture if there else None)

    def _open(self) -> None:
        capture = cv2.VideoCapture(self.name)
        if not capture.isOpened():
            capture.release()
            raise NoPicture(
                f"camera {self.name} cannot be opened: is it plugged in, and is `device` correct?"
            )
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, WIDTH)
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, HEIGHT)
        self._capture = capture


Camera = Union[AwsCam, VideoDevice]


def choose(device: str) -> Camera:
    """Return the camera that the setting `device` names; `auto` is awscam if its library is installed.

    Raises UnitError.
    """
    if device not in (AUTO, AwsCam.name):
        return VideoDevice(device)
    try:
        return AwsCam(importlib.import_module("awscam"))
    except ImportError:
        if device == AwsCam.name:
            raise UnitError(
                "device 'awscam' needs the library awscam, which this Python lacks: set device to 'auto'"
            ) from None
        return VideoDevice(FIRST_DEVICE)


def _countable(picture: Picture | None) -> Picture:
    reason = fault(picture)
    if reason:
        raise NoPicture(reason)
    return picture
