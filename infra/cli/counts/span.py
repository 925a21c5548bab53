"""The span of time that the operator asks for, as local time of the store. Pure."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from infra.cli.terminal.times import read_time
from ingest.errors import OccupancyError
from ingest.times import show_time

USUAL = timedelta(hours=1)
"""What is shown if the operator gives no start."""


class WrongSpan(OccupancyError, ValueError):
    """A span of time that is empty, in the future, or ambiguous."""


@dataclass(frozen=True)
class CountSpan:
    """[start, end), in UTC; empty if the end is not after the start."""

    start: datetime
    end: datetime

    def slices(self, longest: timedelta) -> Iterator["CountSpan"]:
        """The span in parts of at most `longest`, in order."""
        start = self.start
        while start < self.end:
            end = min(start + longest, self.end)
            yield CountSpan(start, end)
            start = end

    def within(self, start: datetime, end: datetime) -> "CountSpan":
        """The part of the span in [start, end)."""
        return CountSpan(max(self.start, start), min(self.end, end))


def read_span(
    start_text: str | None, end_text: str | None, time_zones: Collection[str], now: datetime
) -> CountSpan:
    """The span from the options; the last hour without them. Raises InvalidTime or WrongSpan.

    `time_zones` are those of the cameras: a time without an offset must mean the same in all of them.
    """
    end = _read(end_text, time_zones) if end_text is not None else now
    start = _read(start_text, time_zones) if start_text is not None else end - USUAL
    if start >= now:
        zone = min(time_zones)
        raise WrongSpan(
            f"the span begins in the future: it is {show_time(now, zone)} now, give an earlier time"
        )
    if start >= end:
        raise WrongSpan(f"--from {start_text} is not before --to {end_text or 'now'}: give an earlier --from")
    return CountSpan(start, end)


def _read(text: str, time_zones: Collection[str]) -> datetime:
    times = {read_time(text, zone) for zone in time_zones}
    if len(times) > 1:
        zones = ", ".join(sorted(time_zones))
        raise WrongSpan(f"time {text!r} is not clear, the cameras are in {zones}: add Z or an offset")
    return times.pop()
