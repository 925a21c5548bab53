"""The history of a store, read: closed days from the bucket, the open day from the roll-ups.

A month that is joined is one object. All objects are fetched in parallel, some ahead of the reader, and
parsed in its thread a few thousand lines at a time: the memory does not grow with the span.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from counter.history.bucket import HistoryBucket, StoredFile, parts
from counter.history.files import DamagedFile, read_objects
from counter.history.keys import Month, month_key, quarters_key
from counter.history.lines import HistoryLine, Projection, decode, line_of, line_values
from counter.history.month import DAYS
from counter.history.plan import marked_cameras, marks_of_day
from counter.rows.table import OccupancyTable
from counter.stores.calendar import DAY
from counter.stores.day_marks import Marks
from counter.stores.marks import MarkTable
from counter.stores.store import Store

AHEAD = 16
"""Objects that are fetched while the reader is busy with an earlier one."""


class Origin(StrEnum):
    """Where the quarter hours of a part of the history come from."""

    FILE = "file"
    ROLL_UPS = "roll-ups"
    UNWRITTEN = "unwritten"


@dataclass(frozen=True)
class Part:
    """A part of the history: some lines of consecutive days, as JSON objects.

    UNWRITTEN has no lines: its days should have a file, and have none.
    """

    first: date
    last: date
    origin: Origin
    objects: Sequence[Mapping[str, Any]] = ()

    def key(self, store_id: str) -> str:
        """The key of its file, or that its file would have: of a whole month or of a day."""
        if self.last > self.first:
            return month_key(Month.of(self.first), store_id)
        return quarters_key(self.first, store_id)

    def lines(self, key: str = "") -> Iterator[HistoryLine]:
        """The lines as values. Raises DamagedFile."""
        try:
            yield from map(decode, self.objects)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise DamagedFile(
                key or f"a day file from {self.first} to {self.last}", "a line lacks fields"
            ) from error


@dataclass(frozen=True)
class HistorySource:
    """Where the history is read from; threads may share the clients."""

    bucket: HistoryBucket
    marks: MarkTable
    table: OccupancyTable


@dataclass(frozen=True)
class _Object:
    """An object to read: the file of a whole month, or of a day."""

    key: str
    first: date
    last: date
    month: Month | None = None


def read_history(
    source: HistorySource,
    threads: Executor,
    store: Store,
    span: tuple[date, date],
    cameras: Iterable[str],
    projection: Projection = Projection.ALL,
) -> Iterator[Part]:
    """The history of the local days from `span[0]` to `span[1]`, both included, in order of days.

    `cameras` are the registry's of the store, for the days that are not written yet. Within a day the lines
    are by camera and start. Raises DamagedFile and AWS_FAILURES.
    """
    first, last = span
    marks = source.marks.of_store(store.store_id)
    next_day = store.next_day or first
    objects = list(_objects(store.store_id, first, min(last, next_day - DAY), next_day, marks))
    for wanted, stored in _fetched(source.bucket, threads, objects):
        yield from _parts(source, threads, store.store_id, wanted, stored, projection)
    day = max(first, next_day)
    known = sorted({*cameras, *marked_cameras(marks.days)})
    while day <= last:
        yield _open_day(source, store, day, known, marks)
        day += DAY


def _objects(store_id: str, first: date, last: date, next_day: date, marks: Marks) -> Iterator[_Object]:
    """Whole months where they are joined and up to date, days elsewhere."""
    stale = {mark.month for mark in marks.joins}
    day = first
    while day <= last:
        month = Month.of(day)
        end = month.next.first - DAY
        whole = day == month.first and end <= last
        if whole and month < Month.of(next_day) and str(month) not in stale:
            yield _Object(month_key(month, store_id), day, end, month)
            day = end + DAY
        else:
            yield _Object(quarters_key(day, store_id), day, day)
            day += DAY


def _fetched(
    bucket: HistoryBucket, threads: Executor, objects: Iterable[_Object]
) -> Iterator[tuple[_Object, StoredFile | None]]:
    """The objects in order, with at most AHEAD in memory."""
    waiting: deque[tuple[_Object, Future[StoredFile | None]]] = deque()
    for wanted in objects:
        waiting.append((wanted, threads.submit(bucket.get, wanted.key)))
        if len(waiting) >= AHEAD:
            ready, future = waiting.popleft()
            yield ready, future.result()
    for ready, future in waiting:
        yield ready, future.result()


def _parts(
    source: HistorySource,
    threads: Executor,
    store_id: str,
    wanted: _Object,
    stored: StoredFile | None,
    projection: Projection,
) -> Iterator[Part]:
    if stored is None and wanted.month is not None:
        # Not joined yet: its days one by one.
        length = (wanted.last - wanted.first) // DAY + 1
        days = [wanted.first + number * DAY for number in range(length)]
        single = [_Object(quarters_key(day, store_id), day, day) for day in days]
        for each, found in _fetched(source.bucket, threads, single):
            yield from _parts(source, threads, store_id, each, found, projection)
        return
    if stored is None:
        yield Part(wanted.first, wanted.last, Origin.UNWRITTEN)
        return
    yield from _missing_days(wanted, stored)
    for objects in read_objects(wanted.key, parts(stored.packed), projection):
        yield Part(wanted.first, wanted.last, Origin.FILE, objects)


def _missing_days(wanted: _Object, stored: StoredFile) -> Iterator[Part]:
    written = stored.metadata.get(DAYS, "")
    if wanted.month is None:
        return
    day = wanted.first
    while day <= wanted.last:
        if written[day.day - 1 : day.day] == "0":
            yield Part(day, day, Origin.UNWRITTEN)
        day += DAY


def _open_day(source: HistorySource, store: Store, day: date, cameras: Sequence[str], marks: Marks) -> Part:
    calendar = store.calendar
    named = {*cameras, *marked_cameras(marks_of_day(marks.days, calendar, day))}
    span = calendar.start_of(day), calendar.end_of(day)
    lines = [
        line_of(quarter, calendar.zone_of(day))
        for camera_id in sorted(named)
        for quarter in source.table.newest_quarters(camera_id, *span)
        if quarter.store_id == store.store_id
    ]
    ordered = sorted(lines, key=lambda line: (line.camera, line.start))
    return Part(day, day, Origin.ROLL_UPS, [line_values(line) for line in ordered])
