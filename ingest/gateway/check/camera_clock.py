"""How well a camera keeps time, judged from some seconds of its packets. Pure.

A frame's time is the arrival time, continued with the camera's own time stamps. So a camera whose clock is
wrong is counted correctly. If its time stamps run fast or slow, or jump, a new connection is needed each time
they have drifted away from our clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby, pairwise
from math import sqrt
from statistics import fmean, linear_regression

from ingest.durations import duration_text
from ingest.gateway.timing.packet_clock import BACK_MS, BEHIND_MS, jumped_ahead

SETTLING_SHARE = 0.2
"""At first a camera may send buffered video at once, which says nothing about its pace."""
WINDOWS = 8
"""The fastest packet of each window is used: the others were delayed on their way."""
SHORTEST_MS = 15_000
"""A pace measured over less time shows the network's delays, or buffered video."""
STEADY = 0.005
"""How far a pace may deviate; the network moves the measured pace by a tenth of that."""
SURE = 0.001
"""The largest standard error of a pace: with more, the pace was not constant."""
RIGHT_SECONDS = 2.0


@dataclass(frozen=True)
class Stamp:
    """A packet's time on its camera's time line, and its arrival by our wall clock; both in ms."""

    own_ms: int
    arrived_ms: int


@dataclass(frozen=True)
class CameraClock:
    """`pace` is how many seconds its stamps advance in one of our seconds; None if it could not be measured.

    `ahead` is its time of day minus ours, in seconds; None if the camera does not send it (RTCP sender
    reports, RFC 3550, section 6.4.1).
    """

    pace: float | None = None
    jumps: int = 0
    ahead: float | None = None

    @property
    def advice(self) -> str | None:
        """What to change on the camera."""
        if self.jumps:
            return "its time stamps jump, and each jump needs a new connection: update its firmware"
        if self.pace is not None and abs(self.pace - 1) > STEADY:
            every = BEHIND_MS / 1000 / abs(self.pace - 1)
            return (
                f"its time stamps run {_percent(self.pace)}, so it needs a new connection every"
                f" {every:.0f} s: set the frame rate that it really has, or update its firmware"
            )
        if self.ahead is not None and abs(self.ahead) > RIGHT_SECONDS:
            way = "ahead of" if self.ahead > 0 else "behind"
            return (
                f"its clock is {_off(self.ahead)} {way} this box's: set its NTP server. Counts are"
                " correct anyway, but the time in its picture is wrong"
            )
        return None

    def __str__(self) -> str:
        if self.jumps:
            return "jumps"
        if self.pace is not None and abs(self.pace - 1) > STEADY:
            return _percent(self.pace)
        if self.ahead is None:
            return "-" if self.pace is None else "steady"
        return f"{'-' if self.ahead <= -0.05 else '+'}{_off(self.ahead)}"


def judged(stamps: Sequence[Stamp], start_ms: int | None) -> CameraClock:
    """Judge a camera's clock by its packets, in order of arrival.

    `start_ms` is the camera's own time of day (ms since the epoch) at 0 of its time line, if it sends it.
    """
    settled = _settled(stamps)
    if not settled:
        return CameraClock()
    if jumps := _jumps(settled):
        return CameraClock(jumps=jumps)
    ahead = None
    if start_ms is not None:
        ahead = max(start_ms - _lateness(stamp) for stamp in settled) / 1000
    is_long = stamps[-1].arrived_ms - stamps[0].arrived_ms >= SHORTEST_MS
    return CameraClock(_pace(settled) if is_long else None, 0, ahead)


def _settled(stamps: Sequence[Stamp]) -> Sequence[Stamp]:
    if not stamps:
        return []
    begun, ended = stamps[0].arrived_ms, stamps[-1].arrived_ms
    return [stamp for stamp in stamps if stamp.arrived_ms - begun >= SETTLING_SHARE * (ended - begun)]


def _jumps(stamps: Sequence[Stamp]) -> int:
    """How often its time line steps backward or forward."""
    jumps, quickest = 0, _lateness(stamps[0])
    for before, after in pairwise(stamps):
        late = _lateness(after)
        if before.own_ms - after.own_ms > BACK_MS or jumped_ahead(_lateness(before), late, quickest):
            jumps, quickest = jumps + 1, late
        quickest = min(quickest, late)
    return jumps


def _pace(stamps: Sequence[Stamp]) -> float | None:
    begun, length = stamps[0].arrived_ms, stamps[-1].arrived_ms - stamps[0].arrived_ms

    def window(stamp: Stamp) -> int:
        return min(
            (stamp.arrived_ms - begun) * WINDOWS // length, WINDOWS - 1
        )  # the last packet belongs to the last window

    quickest = [min(group, key=_lateness) for _, group in groupby(stamps, window)]
    if len(quickest) < WINDOWS // 2:
        return None
    slope, error = _slope([stamp.arrived_ms for stamp in quickest], list(map(_lateness, quickest)))
    return 1 - slope if error <= SURE else None


def _slope(times_ms: Sequence[int], values_ms: Sequence[int]) -> tuple[float, float]:
    """The slope of the least-squares line, and its standard error."""
    slope, intercept = linear_regression(times_ms, values_ms)
    off = (value - slope * time - intercept for time, value in zip(times_ms, values_ms, strict=True))
    variance = sum(distance * distance for distance in off) / (len(times_ms) - 2)
    middle = fmean(times_ms)
    return slope, sqrt(variance / sum((time - middle) ** 2 for time in times_ms))


def _lateness(stamp: Stamp) -> int:
    return stamp.arrived_ms - stamp.own_ms


def _percent(pace: float) -> str:
    return f"{abs(pace - 1) * 100:.1f} % {'fast' if pace > 1 else 'slow'}"


def _off(seconds: float) -> str:
    return duration_text(timedelta(seconds=abs(seconds)), decimals=1)
