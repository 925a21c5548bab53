"""Camera -> spool: reads the camera continuously, and keeps a frame for each sample instant."""

from __future__ import annotations

from typing import Callable

from deeplens.camera.device import NoPicture
from deeplens.camera.picture import Picture, jpeg
from deeplens.camera.sampler import Sampler
from deeplens.common.instants import frame_name
from deeplens.common.status_log import StatusLog

NEAR = 2.0
"""Seconds before a sample instant from which the camera is read often."""
OFTEN, SELDOM = 0.1, 1.0
"""Seconds between two readings."""

Keep = Callable[[str, bytes], None]
"""Takes the name and the JPEG of a frame, as `Spool.put` does."""


class Capture:
    """The work of one thread; `read` returns a picture or raises NoPicture.

    `latest` is the picture that others may show; None while the camera gives nothing.
    """

    def __init__(
        self, read: Callable[[], Picture], sampler: Sampler, quality: int, keep: Keep, status_log: StatusLog
    ) -> None:
        self._read, self._sampler, self._quality = read, sampler, quality
        self._keep, self._status_log = keep, status_log
        self.latest: Picture | None = None

    def sample(self, clock: Callable[[], float]) -> None:
        """Read the camera, and keep the frame of an instant that has passed."""
        try:
            self.latest = self._read()
            self._status_log.fine("camera")
        except NoPicture as error:
            self.latest = None
            self._status_log.problem("camera", str(error))
        # The camera took the picture before it returned it, so the picture's time is not later than this.
        sample = self._sampler.sample(clock(), self.latest)
        if sample.set_back:
            self._status_log.happened(
                "clock",
                f"it was set back by {sample.set_back:.0f} s: the instants follow the new time;"
                " make sure that the unit keeps its time by NTP (timedatectl)",
            )
        if sample.missed:
            self._status_log.count("missed", sample.missed)
        if sample.frame:
            name = frame_name(sample.frame.instant, sample.frame.millis)
            self._keep(name, jpeg(sample.frame.picture, self._quality))

    def pause(self, now: float, watched: bool) -> float:
        """Seconds until the next reading; `watched` says whether somebody reads the display."""
        until = self._sampler.next - now
        if watched or until < NEAR:
            return OFTEN
        return min(SELDOM, until - NEAR + OFTEN)
