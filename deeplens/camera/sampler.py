"""Decides which of the pictures that the camera shows is the frame of which sample instant. Pure.

The frame of an instant is the last picture seen at or before it, and not older than the contract allows.
"""

from __future__ import annotations

from itertools import islice
from typing import Any, Callable, NamedTuple

from deeplens.common.instants import max_frame_age, next_instant

SET_BACK = 1.0
"""Seconds by which a clock must fall back to count as set back: smaller steps are NTP's adjustments."""
_MAX_PASSED = 100_000
"""Instants that are examined at most, after a clock that leapt forward by years."""

Picture = Any
"""Whatever the camera gives: it is passed on unread."""


class SampledFrame(NamedTuple):
    """A picture that is the frame of an instant; `millis` is the picture's own time."""

    instant: int
    millis: int
    picture: Picture


class Sample(NamedTuple):
    """What one reading of the camera gave; `missed` due instants passed without a picture."""

    frame: SampledFrame | None = None
    missed: int = 0
    set_back: float = 0.0


class Sampler:
    """Follows the clock from one sample instant to the next: aligned with the epoch, so it cannot drift."""

    def __init__(self, sample_every: int, is_open: Callable[[int], bool]) -> None:
        self._sample_every = sample_every
        self._is_open = is_open
        self._held: tuple[int, Picture] | None = None
        self._last: float | None = None
        self.next = 0
        """The next sample instant; 0 before the first sample."""

    def sample(self, now: float, picture: Picture | None) -> Sample:
        """Take in what the camera showed at `now` (seconds since the epoch): a picture, or None."""
        sample = Sample()
        if self._last is None or now < self._last - SET_BACK:
            sample = Sample(set_back=0.0 if self._last is None else self._last - now)
            self._held = None
            self.next = next_instant(now, self._sample_every)
        elif now > self.next:
            sample = self._pass(now)
        self._last = now
        if picture is not None:
            self._held = int(now * 1000), picture
        return sample

    def _pass(self, now: float) -> Sample:
        """The next instant has passed, and others with it if the camera was not read for long."""
        instant, self.next = self.next, next_instant(now, self._sample_every)
        passed = islice(range(instant, self.next, self._sample_every), _MAX_PASSED)
        due = [passed_instant for passed_instant in passed if self._is_open(passed_instant)]
        held, self._held = self._held, None
        oldest = (instant - max_frame_age(self._sample_every)) * 1000
        if held and instant in due[:1] and oldest < held[0] <= instant * 1000:
            return Sample(SampledFrame(instant, *held), missed=len(due) - 1)
        return Sample(missed=len(due))
