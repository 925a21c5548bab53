"""Series: CPU for the figures of a year, once the lines are columns: 20 cameras in 10 areas, 12 hours a day.

One camera-day of 20 has a gap of two hours. Times are medians of three rounds, of CPU.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial

import numpy as np

from counter.analytics.columns import Columns, Histograms
from counter.analytics.figures import STORE, Kind, Subject
from counter.analytics.series import series
from counter.analytics.spans import Step
from counter.analytics.trading_days import TradingCalendar
from counter.analytics.usual_week import usual_week
from tests.bench._timing import median_cpu

CAMERAS, DAYS, QUARTERS, INSTANTS = 20, 365, 48, 3
CALENDAR = TradingCalendar.in_zone("Europe/Berlin")
FIRST, LAST = date(2025, 1, 1), date(2025, 12, 31)
NOW = datetime(2026, 2, 1, tzinfo=UTC)


def main() -> None:
    """Print the table."""
    columns = year()
    print(f"{len(columns):,} lines")
    for name, subject in (("store", STORE), ("camera", Subject(Kind.CAMERA, "c03"))):
        found = series(columns, subject, CALENDAR, NOW)
        _show(f"{name}: joined and filled", partial(series, columns, subject, CALENDAR, NOW))
        for step in (Step.WEEK, Step.DAY, Step.HOUR):
            _show(f"{name}: table by {step}", partial(found.table, step, FIRST, LAST))
        _show(f"{name}: usual week", partial(usual_week, found, FIRST, LAST))


def _show(label: str, work: Callable[[], object]) -> None:
    print(f"| {label} | {median_cpu(work):.2f} |", flush=True)


def year() -> Columns:
    """The columns of a year."""
    rng = np.random.default_rng(1)
    opens = np.array([CALENDAR.start(FIRST + timedelta(days=day)) + 36 for day in range(DAYS)])
    quarters = np.repeat((opens[:, None] + np.arange(QUARTERS)).ravel(), CAMERAS)
    cameras = np.tile(np.arange(CAMERAS), DAYS * QUARTERS)
    dark = np.zeros((DAYS, QUARTERS, CAMERAS), bool)
    for day, camera in zip(*np.nonzero(rng.random((DAYS, CAMERAS)) < 0.05), strict=True):
        start = rng.integers(0, QUARTERS - 8)
        dark[day, start : start + 8, camera] = True
    counts = rng.poisson(5, (len(quarters), INSTANTS))
    counted = np.where(dark.ravel(), 0, INSTANTS)
    return Columns(
        tuple(f"c{camera:02}" for camera in range(CAMERAS)),
        tuple(f"a{area:02}" for area in range(CAMERAS // 2)),
        ("no_media",),
        cameras,
        cameras // 2,
        quarters,
        np.full(len(quarters), INSTANTS),
        counted,
        (INSTANTS - counted)[:, None],
        np.where(counted > 0, counts.sum(axis=1), 0) * 300,
        counted * 300,
        Histograms(
            np.concatenate([[0], np.cumsum(counted)]),
            counts[counted > 0].ravel(),
            np.ones(int(counted.sum()), np.int64),
        ),
        {},
    )
