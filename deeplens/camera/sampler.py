"""Which of the pictures that the camera shows is the frame of which sample instant. Pure.

The frame of an instant is the last picture seen at or before it, and not older than the contract allows.
"""

from __future__ import annotations

from itertools import islice
from typing import Callable, NamedTuple

from deeplens.camera.picture import Picture
from deeplens.common.instants import max_frame_age, next_instant

SET_BACK = 1.0
"""Seconds by which a clock must fall back to be called set back: smaller steps are its own adjustments."""
_COUNTED = 100_000
"""Instants that are looked at, at most, after a clock that leapt forward by years."""


class Taken(NamedTuple):
    """A picture that is the frame of an instant."""

    instant: int
    millis: int
    picture: Picture


class Look(NamedTuple):
    """What came of one look at the camera; `missed` due instants passed without a picture."""

    taken: Taken | None = None
    missed: int = 0
    set_back: float = 0.0


class Sampler:
    """Follows the clock from one sample instant to the next: aligned, so it cannot drift."""

    def __init__(self, sample_every: int, is_open: Callable[[int], bool]) -> None:
        self._sample_every = sample_every
        self._is_open = is_open
        self._held: tuple[int, Picture] | None = None
        self._last: float | None = None
        self.next = 0
        """The instant that is waited for; 0 before the first look."""

    def see(self, now: float, picture: Picture | None) -> Look:
        """The camera showed `picture`, or none, at `now` (seconds since the epoch)."""
        look = Look()
        if self._last is None or now < self._last - SET_BACK:
            look = Look(set_back=0.0 if self._last is None else self._last - now)
            self._held = None
            self.next = next_instant(now, self._sample_every)
        elif now > self.next:
            look = self._pass(now)
        self._last = now
        if picture is not None:
            self._held = int(now * 1000), picture
        return look

    def _pass(self, now: float) -> Look:
        """The instant waited for has come; where nobody looked for long, others have, too."""
        instant, self.next = self.next, next_instant(now, self._sample_every)
        passed = islice(range(instant, self.next, self._sample_every), _COUNTED)
        due = [passed_by for passed_by in passed if self._is_open(passed_by)]
        held, self._held = self._held, None
        oldest = (instant - max_frame_age(self._sample_every)) * 1000
        if held and instant in due[:1] and oldest < held[0] <= instant * 1000:
            return Look(Taken(instant, *held), missed=len(due) - 1)
        return Look(missed=len(due))
