"""Camera -> spool: what is known about a camera's video, and what each event changes. Pure."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

from ingest.gateway.capture.fragmenting import long_gop

State = Literal["starting", "live", "failing", "closed", "stopped"]


@dataclass(frozen=True)
class Video:
    """A camera's video as its last keyframe shows it; `gop_seconds` is the time between its keyframes."""

    codec: str = ""
    width: int = 0
    height: int = 0
    gop_seconds: float = 0.0


@dataclass(frozen=True)
class FrameRates:
    """What a camera sends. `lost` counts frames that did not arrive, judging by the times of the others."""

    fps: float = 0.0
    bits_per_second: float = 0.0
    lost: int = 0


@dataclass(frozen=True)
class CaptureStatus:
    """One camera now; `problem` is what is wrong with it, as a sentence.

    `openings` counts how often it was opened, `skipped` the packets that no fragment could take;
    `last_packet` is a monotonic time.
    """

    state: State = "starting"
    problem: str | None = None
    video: Video = field(default_factory=Video)
    rates: FrameRates = field(default_factory=FrameRates)
    last_packet: float | None = None
    openings: int = 0
    skipped: int = 0

    def closed(self) -> "CaptureStatus":
        """Outside the opening hours: all knowledge is dropped."""
        return CaptureStatus("closed", openings=self.openings)

    def opening(self) -> "CaptureStatus":
        """The camera is opened again."""
        return replace(self, openings=self.openings + 1)

    def failing(self, problem: str) -> "CaptureStatus":
        """Something is wrong; what was known about its video stays."""
        return replace(self, state="failing", problem=problem)

    def live(self, shown: str, video: Video, skipped: int) -> "CaptureStatus":
        """Fragments come from the camera `shown`; `skipped`: packets since the last call that none took."""
        too_long = long_gop(round(1000 * video.gop_seconds))
        problem = f"{shown}: {too_long}" if too_long else None
        return replace(self, state="live", problem=problem, video=video, skipped=self.skipped + skipped)

    def stopped(self) -> "CaptureStatus":
        """The gateway no longer reads the camera."""
        return replace(self, state="stopped")


Transition = Callable[[CaptureStatus], CaptureStatus]
"""What an event changes: one of the methods above."""
