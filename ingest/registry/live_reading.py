"""How often a stream without retention has to be read, so that nothing leaves KVS's buffer unread. Pure.

KVS buffers the last five minutes or 200 MB of such a stream, whichever is less (page "CreateStream" of the
API reference, DataRetentionInHours).
"""

from datetime import timedelta

BUFFER_TIME = timedelta(minutes=5)
BUFFER_BYTES = 200_000_000

MARGIN = timedelta(minutes=1)
"""From the moment a pull is requested until it has read what is buffered."""

TICK = timedelta(minutes=1)
"""The interval of the schedule: a camera cannot be pulled more often."""

FASTEST = int(BUFFER_BYTES / (TICK + MARGIN).total_seconds())
"""Bytes per second that a pull at each tick can follow."""

FADE = 0.9
"""The share of an earlier, higher rate that is kept at each pull: busy minutes recur."""

SHORTEST_SPAN = timedelta(seconds=10)
"""Less video than this says nothing about the rate."""


def read_every(rate: int | None) -> timedelta:
    """How often to read a stream of `rate` bytes per second; None: not measured yet."""
    filled = BUFFER_TIME if not rate else min(BUFFER_TIME, timedelta(seconds=BUFFER_BYTES / rate))
    return max(filled - MARGIN, TICK)


def with_measured(rate: int | None, size: int, span: timedelta) -> int | None:
    """The rate after a pull that read `size` bytes, which arrived within `span`."""
    if span < SHORTEST_SPAN:
        return rate
    return max(int(size / span.total_seconds()), int((rate or 0) * FADE))


def too_fast(rate: int | None) -> str | None:
    """A sentence about a stream that a pull at each tick cannot follow, else None."""
    if rate is None or rate <= FASTEST:
        return None
    return (
        f"its video arrives at {_megabits(rate)} Mbit/s, and beyond {_megabits(FASTEST)} Mbit/s some is lost:"
        f" KVS buffers {BUFFER_BYTES // 10**6} MB of a stream without retention, which is read once a minute"
    )


WAY_OUT = "give the stream a retention of an hour or more, or lower the camera's bit rate"
"""What to do about a stream that is too fast."""


def _megabits(rate: int) -> str:
    return f"{rate * 8 / 1e6:.1f}"
