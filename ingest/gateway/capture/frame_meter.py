"""Camera -> spool: how many frames and bits a camera sends, and how many frames are missing. Pure."""

from collections.abc import Sequence
from itertools import pairwise

from ingest.gateway.capture.capture_status import FrameRates
from ingest.gateway.timing.packet_clock import JUMP_MS

MEASURED_SECONDS = 5.0
REORDERED = 16
"""The last frames of a measurement may be waiting for B-frames between them: they belong to the next."""


class FrameMeter:
    """Measures a few seconds at a time. `rates` are those of the last measurement, over all openings."""

    def __init__(self) -> None:
        self.rates = FrameRates()
        self.last_packet: float | None = None
        self.begin(0.0)

    def begin(self, now: float) -> None:
        """Begin with a new opening of the camera, at a monotonic time."""
        self._since = now
        self._bytes = self._packets = 0
        self._times: list[int] = []

    def count(self, own_ms: int, size: int, arrived: float) -> None:
        """Count a packet: its time on the camera's clock, its bytes, and its arrival (monotonic)."""
        self.last_packet = arrived
        self._packets += 1
        self._bytes += size
        self._times.append(own_ms)
        if arrived - self._since >= MEASURED_SECONDS:
            self._measure(arrived)

    def _measure(self, now: float) -> None:
        elapsed = now - self._since
        self._times.sort()
        self._times, settled = self._times[-REORDERED:], self._times[: -REORDERED + 1]
        lost = self.rates.lost + missing_between(settled)
        self.rates = FrameRates(self._packets / elapsed, 8 * self._bytes / elapsed, lost)
        self._since, self._packets, self._bytes = now, 0, 0


def missing_between(times_ms: Sequence[int]) -> int:
    """How many frames are missing between these of a steady camera; the times rise.

    Nothing is known about a gap where its clock has jumped.
    """
    steps = sorted(after - before for before, after in pairwise(times_ms))
    usual = steps[len(steps) // 2] if steps else 0
    return sum(round(step / usual) - 1 for step in steps if 1.5 * usual < step < JUMP_MS) if usual else 0
