"""Reads the history of a store as the series of a subject, with as much of its past as its gaps need."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from counter.analytics.columns import Columns, Histograms
from counter.analytics.figures import Kind, Subject
from counter.analytics.past_days import LEAST_DAYS, LOOK_BACK, MOST_DAYS
from counter.analytics.series import Series, series
from counter.analytics.trading_days import DAY, TradingCalendar
from counter.history.files import DamagedFile
from counter.history.lines import Projection
from counter.history.reading import HistorySource, Origin, Part, read_history
from counter.report.pending import with_pending
from counter.report.report import Question
from counter.stores.store import Store
from ingest.registry.registered import RegisteredCamera

STRIDE = timedelta(days=28)
"""How many days of the past are read at once: in most shops they hold the 24 days that a gap needs."""
TOGETHER = 64
"""Parts that are joined at once: small arrays of a year would hold twice the memory of its lines."""

Progress = Callable[[date], None]
"""Is told the day that is being read."""


@dataclass(frozen=True)
class ReportSource:
    """Where the history of a store is read: its entry, and its cameras in the registry."""

    history: HistorySource
    threads: Executor
    store: Store
    cameras: Sequence[RegisteredCamera]
    now: datetime

    @property
    def calendar(self) -> TradingCalendar:
        """The store's trading days."""
        return TradingCalendar.of_store(self.store)


@dataclass(frozen=True)
class ReadSeries:
    """A series, the lines that it is made of, and days of its span that should have a file and have none."""

    series: Series
    columns: Columns
    unwritten: tuple[date, ...] = ()


def read_series(source: ReportSource, question: Question, progress: Progress = lambda _: None) -> ReadSeries:
    """The series of the question's subject. Raises DamagedFile and AWS_FAILURES.

    The past is read only if there are gaps to be filled, and only as far back as it takes to find the past
    days that stand in for them.
    """
    columns, unwritten = _read(source, question.subject, question.first, question.last, progress)
    found = _series(source, question.subject, columns)
    start = question.first
    while start > question.first - LOOK_BACK and _lacks_past(found, question):
        before = max(start - STRIDE, question.first - LOOK_BACK)
        del found  # of a year it needs as much memory as the lines
        columns = _joined(_read(source, question.subject, before, start - DAY, progress)[0], columns)
        start = before
        found = _series(source, question.subject, columns)
    return ReadSeries(found, columns, unwritten)


def closed_until(source: ReportSource, subject: Subject) -> datetime:
    """Until when everything that the subject has is closed: written days are, the others by their cameras."""
    progress = [
        registered.closed_until or registered.camera.since
        for registered in source.cameras
        if subject_has(subject, registered)
    ]
    closed = min(progress, default=source.now)
    written = source.store.next_day
    return max(closed, source.store.calendar.start_of(written)) if written else closed


def subject_has(subject: Subject, registered: RegisteredCamera) -> bool:
    """Whether a camera of the store belongs to a subject."""
    camera = registered.camera
    match subject.kind:
        case Kind.AREA:
            return camera.area == subject.name
        case Kind.CAMERA:
            return camera.camera_id == subject.name
        case Kind.ZONE:
            return camera.camera_id == subject.camera_id
        case Kind.STORE:
            return True


def _series(source: ReportSource, subject: Subject, columns: Columns) -> Series:
    return series(columns, subject, source.calendar, closed_until(source, subject))


def _lacks_past(found: Series, question: Question) -> bool:
    """Whether a day of the span has gaps that fewer past days stand in for than could, or, if none of its
    quarter hours is filled, fewer complete days before it than the figures ask for.
    """
    joined = found.joined
    for number in range(len(joined.days)):
        if not question.first <= joined.days.day(number) <= question.last:
            continue
        if number in joined.filled:
            if len(joined.filled[number].errors) < MOST_DAYS:
                return True
        elif joined.past_days(number) < LEAST_DAYS and found.instants(joined.days.quarters(number)).gaps:
            return True
    return False


def _joined(older: Columns, newer: Columns) -> Columns:
    """Both. The older ones may reach past midnight, into a day that the newer ones have."""
    first = int(newer.quarter.min(initial=2**62))
    return Columns.concatenated([older.where(older.quarter < first), newer])


def _read(
    source: ReportSource, subject: Subject, first: date, last: date, progress: Progress
) -> tuple[Columns, tuple[date, ...]]:
    """The lines of some trading days; files hold calendar days."""
    store, unwritten = source.store, list[date]()
    found, parts = list[Columns](), list[Columns]()
    until = last + DAY if store.day_starts.hour or store.day_starts.minute else last
    names = [registered.camera.camera_id for registered in source.cameras]
    span = first, until
    projection = Projection.WITHOUT_FEET
    if subject.kind is not Kind.ZONE:
        projection = Projection.WITHOUT_ZONE_HISTOGRAMS
    for part in read_history(source.history, source.threads, store, span, names, projection):
        progress(part.first)
        if part.origin is Origin.UNWRITTEN:
            unwritten += _days(part.first, part.last)
            continue
        parts.append(_columns(source, subject, part))
        if len(parts) >= TOGETHER:
            found.append(Columns.concatenated(parts))
            parts = []
    return Columns.concatenated([*found, *parts]), tuple(unwritten)


def _days(first: date, last: date) -> Iterator[date]:
    return (first + number * DAY for number in range((last - first) // DAY + 1))


def _columns(source: ReportSource, subject: Subject, part: Part) -> Columns:
    """The lines of a part that the subject needs. Raises DamagedFile."""
    key = part.key(source.store.store_id)
    camera_id = {Kind.CAMERA: subject.name, Kind.ZONE: subject.camera_id}.get(subject.kind)
    try:
        stores = {line["store"] for line in part.objects}
        lines: Sequence[Mapping[str, Any]] = [
            line for line in part.objects if camera_id in (None, line["camera"])
        ]
        if stores - {source.store.store_id}:
            raise DamagedFile(key, "it is of another store")
        if part.origin is Origin.ROLL_UPS:
            calendar = source.store.calendar
            span = calendar.start_of(part.first), calendar.end_of(part.last)
            lines = with_pending(lines, [item for item in source.cameras if _wanted(item, camera_id)], span)
        columns = Columns.of_objects(lines)
        if subject.kind is Kind.ZONE:
            return columns
        # Who asks for a camera asks for its zones next: their names must stay.
        return _small(columns if subject.kind is Kind.CAMERA else replace(columns, zones={}))
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise DamagedFile(key, "it is not a file of quarter hours") from error


def _small(columns: Columns) -> Columns:
    """The same in half the memory: in 32 bits, which hold every sum of a quarter hour.

    Sums over several quarter hours are of 64 bits again: NumPy adds smaller integers so.
    """
    names = ("camera", "area", "due", "counted", "gaps", "person_seconds", "counted_seconds")
    small: dict[str, Any] = {name: _in_32_bits(getattr(columns, name)) for name in names}
    found = columns.histograms
    histograms = Histograms(found.offsets, _in_32_bits(found.counts), _in_32_bits(found.instants))
    return replace(columns, histograms=histograms, **small)


def _in_32_bits(values: Any) -> Any:
    """Raises OverflowError for a number that no quarter hour has."""
    if values.max(initial=0) >= 2**31 or values.min(initial=0) < 0:
        raise OverflowError(f"{values.max()} does not fit")
    return values.astype(np.int32)


def _wanted(registered: RegisteredCamera, camera_id: str | None) -> bool:
    return camera_id in (None, registered.camera.camera_id)
