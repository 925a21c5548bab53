"""Camera -> KVS: the time of day, compared with AWS's.

A box in a shop may have no clock battery, and its clock may jump. So the wall clock is compared with AWS's,
and runs on the monotonic clock between two checks.
"""

from datetime import datetime

from ingest.gateway.timing.clock import SYSTEM_CLOCK, Clock
from ingest.times import to_millis

TOLERANCE_MS = 2_000
"""Between our clock and AWS's. The Date header has whole seconds."""


class WallClock:
    """The time of day, in ms since the epoch; never steps unless `check` finds it wrong. May be shared.

    `run_ms` is the same as it was found at the start, and never steps.
    """

    def __init__(self, clock: Clock = SYSTEM_CLOCK) -> None:
        self._clock = clock
        self._offset_ms = round((clock.time() - clock.monotonic()) * 1000)
        self.correction_ms = 0
        """How far this time is ahead of `run_ms`."""
        self.checked = False
        """Whether AWS has confirmed it."""

    def now_ms(self) -> int:
        """The time now."""
        return self.at_ms(self._clock.monotonic())

    def at_ms(self, monotonic: float) -> int:
        """The time at a monotonic time, in seconds."""
        return self.run_ms(monotonic) + self.correction_ms

    def run_ms(self, monotonic: float) -> int:
        """The time at a monotonic time, in seconds, by the clock as it was at the start."""
        return round(monotonic * 1000) + self._offset_ms

    def check(self, aws: datetime) -> int:
        """Compare with a Date header that has just come, and correct the clock if it is wrong.

        Returns how many ms it was behind, 0 if it is right.
        """
        off_ms = to_millis(aws) + 500 - self.now_ms()
        off_ms = off_ms if abs(off_ms) > TOLERANCE_MS else 0
        self.set_right(off_ms)
        return off_ms

    def set_right(self, by_ms: int) -> None:
        """Advance the clock by `by_ms`: AWS has confirmed what it says then."""
        self.checked = True
        self.correction_ms += by_ms

    def copy(self) -> "WallClock":
        """A clock with the same time that can be set apart from this one."""
        other = WallClock(self._clock)
        other._offset_ms, other.correction_ms = self._offset_ms, self.correction_ms
        other.checked = self.checked
        return other
