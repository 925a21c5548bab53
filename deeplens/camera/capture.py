"""Camera -> spool: a look at the camera now and then, and a frame for each sample instant."""

from __future__ import annotations

from typing import Callable

from deeplens.camera.device import NoPicture
from deeplens.camera.picture import Picture, jpeg
from deeplens.camera.sampler import Sampler
from deeplens.common.instants import frame_name
from deeplens.common.status_log import Book
from deeplens.spool import Spool

NEAR = 2.0
"""Seconds before a sample instant from which on the camera is looked at often."""
OFTEN, SELDOM = 0.1, 1.0
"""Seconds between two looks."""


class Capture:
    """One thread's work; `read` gives a picture or raises NoPicture.

    `latest` is what others may show, None while the camera gives nothing.
    """

    def __init__(
        self, read: Callable[[], Picture], sampler: Sampler, quality: int, spool: Spool, book: Book
    ) -> None:
        self._read, self._sampler, self._quality = read, sampler, quality
        self._spool, self._book = spool, book
        self.latest: Picture | None = None

    def look(self, clock: Callable[[], float]) -> None:
        """Look at the camera, and keep the frame of an instant that has come."""
        try:
            self.latest = self._read()
            self._book.fine("camera")
        except NoPicture as error:
            self.latest = None
            self._book.problem("camera", str(error))
        # The picture was taken before it was there: its time is not later than this.
        look = self._sampler.see(clock(), self.latest)
        if look.set_back:
            self._book.happened(
                "clock",
                f"it was set back by {look.set_back:.0f} s: the instants go on by the new time;"
                " see that the unit keeps its time by NTP (timedatectl)",
            )
        if look.missed:
            self._book.count("missed", look.missed)
        if look.taken:
            name = frame_name(look.taken.instant, look.taken.millis)
            self._spool.put(name, jpeg(look.taken.picture, self._quality))

    def pause(self, now: float, watched: bool) -> float:
        """Seconds until the next look; `watched` is whether somebody sees the display."""
        until = self._sampler.next - now
        if watched or until < NEAR:
            return OFTEN
        return min(SELDOM, until - NEAR + OFTEN)
