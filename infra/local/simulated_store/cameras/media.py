"""The interface of a camera: a feed of encoded frames with their times. Pure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from ingest.errors import OccupancyError
from ingest.kvs.video import Track

Clock = Callable[[], float]
"""Seconds since the epoch."""

MAX_GOP_MS = 4_000
"""A video with keyframes further apart is re-encoded, because only keyframes are counted."""


class UnopenableVideo(OccupancyError, ValueError):
    """A video cannot be opened or read; the sentence names it."""


@dataclass(frozen=True)
class EncodedFrame:
    """An access unit with length-prefixed NAL units; `time_ms` is its capture time in ms since the epoch."""

    time_ms: int
    data: bytes
    keyframe: bool


@dataclass(frozen=True)
class Feed:
    """The video of a camera: a track and its frames in decoding order; the first is a keyframe.

    The consumer delays frames that come before their time. The frames may be infinite.
    """

    track: Track
    frames: Iterator[EncodedFrame]


class StoreCamera(Protocol):
    """A simulated camera or a real video."""

    @property
    def name(self) -> str:
        """The name of the camera and of its stream."""
        ...

    def feed(self, clock: Clock) -> Feed:
        """The video, starting now. Raises UnopenableVideo."""
        ...

    def truth(self, time: float) -> int | None:
        """The number of people in full view at `time` (seconds since the epoch); None if unknown."""
        ...
