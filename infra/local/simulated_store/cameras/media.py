"""What a camera gives: encoded frames with the times at which they were seen. This package's contract."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from ingest.errors import OccupancyError
from ingest.kvs.video import Track

Clock = Callable[[], float]
"""Seconds since the epoch."""

MAX_GOP_MS = 4_000
"""A video whose keyframes are further apart is encoded anew: a keyframe is what can be counted."""


class UnopenableVideo(OccupancyError, ValueError):
    """A video that cannot be opened or read; the sentence names it."""


@dataclass(frozen=True)
class EncodedFrame:
    """One access unit, length-prefixed; `time_ms` is the frame's own time, in ms since the epoch."""

    time_ms: int
    data: bytes
    keyframe: bool


@dataclass(frozen=True)
class Feed:
    """A camera's video: one track, and its frames in decoding order, the first a keyframe.

    Frames may come before their time (then they wait) and may never end.
    """

    track: Track
    frames: Iterator[EncodedFrame]


class StoreCamera(Protocol):
    """A simulated camera or a real video."""

    @property
    def name(self) -> str:
        """The camera's name, which is its stream's too."""
        ...

    def feed(self, clock: Clock) -> Feed:
        """The video from now on. Raises UnopenableVideo."""
        ...

    def truth(self, time: float) -> int | None:
        """How many people are in full view at `time` (seconds since the epoch); None where nobody knows."""
        ...
