"""Whether a camera is dark, since when and why, from its roll-ups and rows. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from counter.rows.coverage import Coverage
from counter.rows.occupancy import QuarterHour, Row
from ingest.frames.messages import GapReason
from ingest.times import QUARTER_HOUR

DARK_QUARTERS = 4
"""A camera is dark if none of its last quarter hours with due instants, this many, has a count."""

DAY = timedelta(days=1)
LOOK_BACK = timedelta(days=30)
"""How far back the last count is searched."""


@dataclass(frozen=True)
class Darkness:
    """A camera without a count: `since` is the first instant without one, `reason` the most frequent reason.

    `gaps` is the number of instants since then. `start` and `end` bound the quarter hours that contain the
    last count and `since`; `start` is None if the last 30 days have no count: it may be dark for longer.
    """

    since: datetime
    reason: GapReason
    gaps: int
    start: datetime | None
    end: datetime


@dataclass(frozen=True)
class Health:
    """A camera's coverage of the last day, and its darkness, None if it is not dark."""

    coverage: Coverage
    darkness: Darkness | None


def judge(quarters: Iterable[QuarterHour], until: datetime) -> Health:
    """Judge a camera by its roll-ups before `until`, newest first; reads no more of them than it needs."""
    coverage, dark = Coverage(), list[QuarterHour]()
    lit: QuarterHour | None = None
    for quarter in quarters:
        of_the_day = quarter.start >= until - DAY
        if of_the_day:
            coverage += Coverage.of([quarter])
        if lit is None and quarter.counted:
            lit = quarter
        elif lit is None:
            dark.append(quarter)
        if lit is not None and not of_the_day:
            break
    return Health(coverage, _darkness(dark, lit))


def with_rows(darkness: Darkness, rows: Sequence[Row]) -> Darkness:
    """The darkness with `since` to the instant; `rows` are those of its quarter hours, in order."""
    since = darkness.since
    for row in reversed(rows):
        if row.count is not None:
            break
        since = row.instant
    return Darkness(since, darkness.reason, darkness.gaps, darkness.start, darkness.end)


def _darkness(dark: Sequence[QuarterHour], lit: QuarterHour | None) -> Darkness | None:
    """`dark` are the quarter hours without a count after `lit`, newest first."""
    # A camera that was added within the hour has fewer quarter hours, all of them without a count.
    if not dark or (len(dark) < DARK_QUARTERS and lit is not None):
        return None
    gaps = sum((Counter(quarter.gaps) for quarter in dark), Counter[GapReason]())
    # Today's reason matters, not what was wrong weeks ago.
    recent = sum((Counter(quarter.gaps) for quarter in dark[:DARK_QUARTERS]), Counter[GapReason]())
    ((reason, _),) = recent.most_common(1)
    first = dark[-1].start
    return Darkness(first, reason, gaps.total(), lit.start if lit else None, first + QUARTER_HOUR)
