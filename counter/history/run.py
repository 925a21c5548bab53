"""The history of all stores: what a run of the closing writes. One store's trouble stops no other."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime

from aws_lambda_powertools import Logger

from counter.history.beginning import add_entry, begin
from counter.history.day import HistoryDependencies, write_day
from counter.history.keys import Month
from counter.history.month import join_month
from counter.history.plan import (
    CameraProgress,
    StoreProgress,
    days_from,
    days_to_rewrite,
    marked_cameras,
    marks_of_day,
)
from counter.stores.calendar import DAY
from counter.stores.day_marks import DayMark, JoinMark
from counter.stores.store import InvalidStore, Store
from counter.stores.table import StoreTable
from ingest.aws.failures import AWS_FAILURES, name_of
from ingest.errors import OccupancyError
from ingest.registry.camera import Camera

logger = Logger(service="closing")

READERS = 4
"""Days of a month that are read at once."""


@dataclass
class HistoryResult:
    """What a run wrote, and for each store with trouble a sentence or the name of the AWS failure."""

    days: int = 0
    months: int = 0
    failures: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class HistoryRun:
    """What a run has: the clients, the time, and whether its own time is up.

    `cameras` are those of the registry with their progress; `by_store` has the cameras that can be read.
    """

    dependencies: HistoryDependencies
    stores: StoreTable
    now: datetime
    out_of_time: Callable[[], bool]
    cameras: Mapping[str, CameraProgress]
    by_store: Mapping[str, Sequence[Camera]]


def write_history(run: HistoryRun, threads: Executor) -> HistoryResult:
    """Write the days that are due or marked, store by store in parallel, as far as the time allows.

    What is left is continued by the next run. Raises AWS_FAILURES if the stores cannot be listed.
    """
    known = run.stores.all()
    result = HistoryResult()
    for store in known:
        if isinstance(store, InvalidStore):
            result.failures[store.store_id] = str(store)
    stores = {store.store_id: store for store in known if isinstance(store, Store)}
    ids = sorted((stores.keys() | run.by_store.keys()) - result.failures.keys())

    def write(store_id: str) -> "StoreHistory":
        history = StoreHistory(run, store_id, stores.get(store_id))
        history.attempt()
        return history

    for history in threads.map(write, ids):
        result.days += history.days
        result.months += history.months
        if history.failure:
            result.failures[history.store_id] = history.failure
    _report(result)
    return result


@dataclass
class StoreHistory:
    """One store's part of a run; `entry` is None for a store that has none yet."""

    run: HistoryRun
    store_id: str
    entry: Store | None
    days: int = 0
    months: int = 0
    failure: str | None = None

    def attempt(self) -> None:
        """Write the store's days and months; note a failure."""
        try:
            self._write()
        except AWS_FAILURES as error:
            self.failure = name_of(error)
        except OccupancyError as error:
            self.failure = str(error)

    def _write(self) -> None:
        run = self.run
        if run.out_of_time():
            return
        store = self.entry
        if store is None or store.next_day is None:
            cameras = run.by_store.get(self.store_id, ())
            store = store or add_entry(run.stores, self.store_id, cameras)
            store = store and begin(run.dependencies, run.stores, store, cameras, run.now)
        if store is None or store.next_day is None:
            return  # another closing does it
        progress = StoreProgress(self.store_id, store.calendar, dict(run.cameras))
        marks = run.dependencies.marks.of_store(self.store_id)
        self._rewrite(progress, marks.days, store.next_day)
        next_day = self._write_due(progress, marks.days, store.next_day)
        if self.days:  # they may have marked their months
            marks = run.dependencies.marks.of_store(self.store_id)
        self._join(marks.joins, next_day)

    def _rewrite(self, progress: StoreProgress, marks: Sequence[DayMark], next_day: date) -> None:
        for day in days_to_rewrite(marks, progress, next_day):
            if self.run.out_of_time():
                return
            is_over = Month.of(day) < Month.of(next_day)
            self.days += write_day(self.run.dependencies, progress, day, month_is_over=is_over)

    def _write_due(self, progress: StoreProgress, marks: Sequence[DayMark], next_day: date) -> date:
        """Write the days that are over, one after the other; return the first that is not written."""
        for day in days_from(next_day):
            marked = marked_cameras(marks_of_day(marks, progress.calendar, day))
            if self.run.out_of_time() or not progress.is_ready(day, marked, self.run.now):
                return day
            if not write_day(self.run.dependencies, progress, day, month_is_over=False):
                return day
            self.days += 1
            if not self.run.stores.record_next_day(self.store_id, day, day + DAY):
                return day  # another closing is ahead
        raise AssertionError("days do not end")

    def _join(self, marks: Sequence[JoinMark], next_day: date) -> None:
        dependencies = self.run.dependencies
        with ThreadPoolExecutor(READERS) as readers:
            for mark in marks:
                if self.run.out_of_time():
                    return
                if Month.from_text(mark.month) < Month.of(next_day):
                    self.months += join_month(dependencies.bucket, dependencies.marks, mark, readers)


def _report(result: HistoryResult) -> None:
    for store_id, failure in sorted(result.failures.items()):
        sentence = "the history of a store is not up to date, the next run will retry"
        logger.warning(sentence, store=store_id, why=failure)
