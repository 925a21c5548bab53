"""A unit in the test's hand: its clock, its camera, its parts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from deeplens.camera.device import NoPicture
from deeplens.common.settings import Settings

START = 1_795_437_900
"""2026-11-23T12:45:00Z, a multiple of 300."""
SETTINGS = Settings(bucket="frames", camera_id="till-1")


@dataclass
class Hand:
    """A clock that tests set; seconds since the epoch."""

    now: float = START

    def __call__(self) -> float:
        return self.now


@dataclass
class Shown:
    """A camera that shows what it is told to; a text is why it shows nothing."""

    picture: Any

    def read(self) -> Any:
        if isinstance(self.picture, str):
            raise NoPicture(self.picture)
        return self.picture


def grey(level: int = 128, height: int = 90, width: int = 160) -> Any:
    """A picture of one colour."""
    return np.full((height, width, 3), level, np.uint8)


def stripes(height: int = 90, width: int = 160) -> Any:
    """A picture that shows something."""
    picture = grey(40, height, width)
    picture[:, np.arange(width) * 7 // width % 2 == 0] = 200
    return picture


def jpeg(content: bytes = b"a") -> bytes:
    """What passes for a JPEG where nobody decodes it."""
    return b"\xff\xd8" + content + b"\xff\xd9"


@dataclass
class Library:
    """awscam's `getLastFrame`, which gives one answer after the other and repeats the last one."""

    answers: Sequence[Any]
    asked: int = 0

    def getLastFrame(self) -> Any:  # noqa: N802 - awscam's name
        answer = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        if isinstance(answer, Exception):
            raise answer
        return answer


def ticks(clock: Hand, until: float, act: Callable[[], float]) -> None:
    """Call `act` repeatedly; it returns the seconds until the next call."""
    while clock.now < until:
        clock.now += act()
