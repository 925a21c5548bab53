"""Scores a camera of the demo: its rows against the truth, if the truth is known. Pure."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from counter.rows.occupancy import Row
from ingest.frames.messages import GapReason

Truth = Callable[[float], int | None]
"""People in view at a time (seconds since the epoch); None if unknown."""


@dataclass(frozen=True)
class Score:
    """One camera. The truth is known for `compared` counts, and `equal` of them are right."""

    camera_id: str
    last: int | None
    last_true: int | None
    counted: int
    compared: int
    equal: int
    gaps: Mapping[GapReason, int]
    roll_ups: int

    @property
    def rows(self) -> int:
        """All rows: counts and gaps."""
        return self.counted + sum(self.gaps.values())


def score(camera_id: str, rows: Sequence[Row], truth: Truth, roll_ups: int) -> Score:
    """Score a camera's rows, given in order. The truth is that of the frame's own time."""
    pairs = [
        (row.count, truth(row.frame_time.timestamp()) if row.frame_time else None)
        for row in rows
        if row.count is not None
    ]
    known = [(count, true) for count, true in pairs if true is not None]
    last, last_true = pairs[-1] if pairs else (None, None)
    return Score(
        camera_id=camera_id,
        last=last,
        last_true=last_true,
        counted=len(pairs),
        compared=len(known),
        equal=sum(count == true for count, true in known),
        gaps=Counter(row.reason for row in rows if row.reason is not None),
        roll_ups=roll_ups,
    )


def percentile(values: Sequence[timedelta], share: float) -> timedelta | None:
    """The nearest-rank percentile, None without values; `share` is 0..1."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else None
