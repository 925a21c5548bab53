"""A report of a store of 20 cameras, 12 hours a day: 8 weeks and a year, from a stub of S3.

On one camera-day of 20 two hours are not counted, so that days before the span are read, too. CPU seconds of
this process, medians of rounds; what of them JSON and gzip take; the objects, bytes and lines that are read;
the most memory that the process had.
"""

import gzip
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch
from zoneinfo import ZoneInfo

import boto3
import numpy as np

from counter.analytics.figures import STORE
from counter.history import files as history_files
from counter.history.bucket import StoredFile
from counter.history.files import quarters_file
from counter.history.keys import quarters_key
from counter.history.lines import line_of
from counter.history.reading import HistorySource
from counter.report.build import build
from counter.report.page import page
from counter.report.reading import ReportSource, read_series
from counter.report.report import By, Question
from counter.rows.occupancy import QuarterHour
from counter.stores.day_marks import Marks
from counter.stores.store import Store
from ingest.frames.messages import GapReason

ROUNDS = 3
CAMERAS, QUARTERS = 20, 48
LAST = date(2026, 11, 30)
TEMPLATE = date(2026, 1, 1)
NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
ZONE = ZoneInfo("UTC")


@dataclass
class Files:
    """A bucket in a folder that counts what is read."""

    folder: Path
    reads: list[int] = field(default_factory=list)

    def get(self, key: str) -> StoredFile | None:
        path = self.folder / key.replace("/", "+")
        if not path.exists():
            return None
        found = path.read_bytes()
        self.reads.append(len(found))
        return StoredFile(found, "etag")


class NoMarks:
    """Marks of a store of which nothing changed."""

    def of_store(self, _: str) -> Marks:
        return Marks()


def main() -> None:
    """Print the table."""
    print("| span | a frame every | CPU s | JSON and gzip s | objects | MB | lines | peak MB |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    weeks, year = ("8 weeks", 56), ("a year", 365)
    for every, spans in ((300, (weeks, year)), (60, (weeks,)), (1, (weeks,))):
        with TemporaryDirectory() as folder:
            _history(Path(folder), every, max(days for _, days in spans) + 84)
            for name, days in spans:
                # A process of its own: the memory is that of the report alone.
                arguments = [sys.executable, "-m", "tests.bench.report", folder, name, str(every), str(days)]
                subprocess.run(arguments, check=True)


def _measure(folder: Path, name: str, every: str, days: int) -> None:
    # What the command has in memory besides.
    import_module("infra.cli.report.command")
    for service in ("cloudformation", "dynamodb", "s3"):
        boto3.Session("bench", "bench", region_name="us-east-1").client(service)
    taken, parsing, files, lines = [], [], Files(folder), 0
    for _ in range(ROUNDS):
        files = Files(folder)
        with _Watch() as watch:
            began = time.process_time()
            lines = _report(files, days)
            taken.append(time.process_time() - began)
        parsing.append(watch.seconds)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"| {name} | {every} s | {statistics.median(taken):.2f} | {statistics.median(parsing):.2f}"
        f" | {len(files.reads)} | {sum(files.reads) / 1e6:.1f} | {lines:,} | {peak:.0f} |",
        flush=True,
    )


def _report(files: Files, days: int) -> int:
    """Read, build and draw; the number of lines of the span."""
    store = Store("north", ZONE.key, next_day=LAST + timedelta(days=1))
    question = Question(STORE, LAST - timedelta(days=days - 1), LAST, By.DAY)
    source = HistorySource(files, NoMarks(), None)  # type: ignore[arg-type] # in memory
    with ThreadPoolExecutor(8) as threads:
        found = read_series(ReportSource(source, threads, store, (), NOW), question)
    page(build(found.series, question, ("north", ""), NOW))
    return len(found.columns)


class _Watch:
    """Adds up the CPU that the reader's parser and unpacking take."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._patches = ExitStack()

    def __enter__(self) -> "_Watch":
        loads, unpacked = self._timed(json.loads), self._timed_parts(history_files._unpacked)
        self._patches.enter_context(patch.object(json, "loads", loads))
        self._patches.enter_context(patch.object(history_files, "_unpacked", unpacked))
        return self

    def __exit__(self, *_: object) -> None:
        self._patches.close()

    def _timed(self, work: Callable[..., object]) -> Callable[..., object]:
        def timed(*args: object) -> object:
            began = time.process_time()
            found = work(*args)
            self.seconds += time.process_time() - began
            return found

        return timed

    def _timed_parts(self, work: Callable[..., Iterator[bytes]]) -> Callable[..., Iterator[bytes]]:
        def timed(*args: object) -> Iterator[bytes]:
            parts = work(*args)
            while True:
                began = time.process_time()
                part = next(parts, None)
                self.seconds += time.process_time() - began
                if part is None:
                    return
                yield part

        return timed


def _history(folder: Path, every: int, days: int) -> None:
    """Day files up to LAST: copies of four weeks of days, with their own dates."""
    rng = np.random.default_rng(1)
    templates = [_template(rng, every) for _ in range(28)]
    for number in range(days):
        day = LAST - timedelta(days=number)
        content = templates[day.toordinal() % 28].replace(f"{TEMPLATE}".encode(), f"{day}".encode())
        path = folder / quarters_key(day, "north").replace("/", "+")
        path.write_bytes(gzip.compress(content, 6, mtime=0))


def _template(rng: np.random.Generator, every: int) -> bytes:
    opening = datetime(TEMPLATE.year, TEMPLATE.month, TEMPLATE.day, 8, tzinfo=UTC)
    quarters = []
    for camera in range(CAMERAS):
        dark = rng.integers(0, QUARTERS - 8) if rng.random() < 1 / CAMERAS else QUARTERS
        for number in range(QUARTERS):
            start = opening + timedelta(minutes=15 * number)
            hidden = bool(dark <= number < dark + 8)
            quarters.append(_quarter(rng, f"camera-{camera:02}", start, every, hidden=hidden))
    return quarters_file(line_of(quarter, ZONE) for quarter in quarters)


def _quarter(
    rng: np.random.Generator, camera: str, start: datetime, every: int, *, hidden: bool
) -> QuarterHour:
    """About three people at a time, two zones, a foot grid."""
    instants = 900 // every
    counts = np.bincount(rng.poisson(3, 0 if hidden else instants)).tolist()
    histogram = {count: number for count, number in enumerate(counts) if number}
    people = sum(count * number for count, number in histogram.items())
    zone = {count: number for count, number in ((0, instants - instants // 3), (1, instants // 3)) if number}
    return QuarterHour(
        camera_id=camera,
        start=start,
        store_id="north",
        area=f"area-{int(camera[-2:]) // 2}",
        counted=sum(histogram.values()),
        gaps={GapReason.NO_MEDIA: instants} if hidden else {},
        person_seconds=people * every,
        counted_seconds=sum(histogram.values()) * every,
        zone_person_seconds={} if hidden else {"shelf": every * (instants // 3), "till": 0},
        histogram=histogram,
        zone_histograms={} if hidden else {"shelf": zone, "till": {0: instants}},
        foot_seconds={int(cell): every for cell in rng.choice(400, min(people, 120), replace=False)},
        rule="0123456789abcdef",
    )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        _measure(Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]))
    else:
        main()
