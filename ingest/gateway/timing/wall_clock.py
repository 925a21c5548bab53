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
    """The time of day, in ms since the epoch; never steps unless `check` finds it wrong. May be shared."""

    def __init__(self, clock: Clock = SYSTEM_CLOCK) -> None:
        self._clock = clock
        self._offset_ms = round((clock.time() - clock.monotonic()) * 1000)
        self.checked = False
        """Whether AWS has confirmed it."""

    def now_ms(self) -> int:
        """The time now."""
        return self.at_ms(self._clock.monotonic())

    def at_ms(self, monotonic: float) -> int:
        """The time at a monotonic time, in seconds."""
        return round(monotonic * 1000) + self._offset_ms

    def check(self, aws: datetime) -> int:
        """Compare with a Date header that came just now; how far the clock was off, in ms, 0 if it is good.

        A clock that is off is set.
        """
        off_ms = to_millis(aws) + 500 - self.now_ms()
        off_ms = off_ms if abs(off_ms) > TOLERANCE_MS else 0
        self.set_right(off_ms)
        return off_ms

    def set_right(self, by_ms: int) -> None:
        """Run so much later from now on, as AWS has confirmed."""
        self.checked = True
        self._offset_ms += by_ms

    def copy(self) -> "WallClock":
        """One of the same time, for somebody who has to choose when it is set."""
        other = WallClock(self._clock)
        other._offset_ms, other.checked = self._offset_ms, self.checked
        return other
