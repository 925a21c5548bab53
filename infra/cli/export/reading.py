"""Reads what the command exports, with its progress on the terminal."""

import sys
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from itertools import accumulate

from rich.progress import Progress, TaskID

from counter.history.plan import late_quarters
from counter.history.reading import HistorySource
from infra.cli.aws.deployment import Deployment
from infra.cli.counts.reading import steps
from infra.cli.counts.span import CountSpan
from infra.cli.export.choice import ExportChoice
from infra.cli.export.columns import Record
from infra.cli.export.records import (
    LocalZones,
    QuarterSource,
    RowSource,
    days_of,
    quarter_records,
    row_records,
)
from infra.cli.terminal.console import warn
from infra.cli.terminal.extras import imported
from infra.cli.terminal.progress import progress_bar
from infra.cli.terminal.texts import late_counts, listed
from ingest.times import quarter_start

READERS = 8

RecordParts = Generator[Sequence[Record]]


def read_rows(deployment: Deployment, choice: ExportChoice, span: CountSpan) -> RecordParts:
    """The rows, in parts."""
    zones = LocalZones({store.store_id: store for store in choice.stores})
    cameras = [item.camera for item in choice.cameras]
    source = RowSource(deployment.occupancy, zones, cameras, choice.store_id)
    with _progress() as bar:
        task = bar.add_task("reading rows, by camera and day", total=steps(choice.cameras, span))
        yield from row_records(source, span, lambda: bar.advance(task))


def read_quarters(deployment: Deployment, choice: ExportChoice, span: CountSpan) -> RecordParts:
    """The quarter hours, in parts; warns of days that have no file yet."""
    cameras = {
        store.store_id: [item.camera.camera_id for item in choice.of_store(store.store_id)]
        for store in choice.stores
    }
    spans = {store.store_id: days_of(store, span) for store in choice.stores}
    lengths = {name: (last - first).days + 1 for name, (first, last) in spans.items()}
    offsets = dict(zip(lengths, accumulate(lengths.values(), initial=0), strict=False))
    history = _history(deployment)
    with ThreadPoolExecutor(READERS) as threads, _progress() as bar, _missing() as missing:
        task = bar.add_task("reading days", total=sum(lengths.values()))

        def step(name: str, day: date) -> None:
            bar.update(task, completed=offsets[name] + (day - spans[name][0]).days + 1)

        source = QuarterSource(history, threads, choice.stores, cameras, choice.camera_id)
        _late_quarters(source, span, missing)
        yield from quarter_records(source, span, step, missing.add)


def read_series(deployment: Deployment, choice: ExportChoice, span: CountSpan, by: str) -> RecordParts:
    """The series of each store and its areas, or of a camera and its zones; warns as `read_quarters`."""
    series = imported("infra.cli.export.series", "export --what series", "cli,analytics")
    history, now = _history(deployment), deployment.clock.now()
    with ThreadPoolExecutor(READERS) as threads, _progress() as bar, _missing() as missing:
        for store in choice.stores:
            cameras = choice.of_store(store.store_id)
            source = series.ReportSource(history, threads, store, cameras, now)
            task = bar.add_task(f"reading series of store {store.store_id}", total=None)

            def step(done: int, of: int, task: TaskID = task) -> None:
                bar.update(task, completed=done, total=of)

            question = series.SeriesQuestion.of(source, choice.camera_id, by)
            yield from series.series_records(question, span, step, missing.add, missing.add_late)


def _late_quarters(source: QuarterSource, span: CountSpan, missing: "_Missing") -> None:
    """Note the days of the span whose files lack late counts.

    Before the files are read: a closing that ends meanwhile removes marks of files that were read already.
    """
    for store in source.stores:
        marks = source.history.marks.of_store(store.store_id).days
        late = late_quarters(marks, store.calendar, store.next_day, source.camera_id)
        inside = [quarter for quarter in late if quarter_start(span.start) <= quarter < span.end]
        for day in sorted({store.calendar.day_of(quarter) for quarter in inside}):
            missing.add_late(store.store_id, day)


def _history(deployment: Deployment) -> HistorySource:
    return HistorySource(deployment.history_bucket, deployment.marks, deployment.occupancy)


class _Missing:
    """The days that should have a file and have none, and those whose file lacks late counts."""

    def __init__(self) -> None:
        self.days: list[str] = []
        self.late: list[str] = []

    def add(self, store_id: str, first: date, last: date) -> None:
        self.days.append(f"{store_id} {first}" if first == last else f"{store_id} {first} to {last}")

    def add_late(self, store_id: str, day: date) -> None:
        self.late.append(f"{store_id} {day}")


@contextmanager
def _missing() -> Iterator[_Missing]:
    """Collects missing and late days, and warns of them at the end."""
    missing = _Missing()
    yield missing
    if missing.days:
        warn(f"the history has no file yet of {listed(missing.days)}: these days are left out")
    if missing.late:
        warn(late_counts(missing.late))


def _progress() -> Progress:
    return progress_bar(transient=True, disable=not sys.stderr.isatty())
