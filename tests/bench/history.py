"""Reading the history of 20 cameras, 12 hours a day: 8 weeks and a year, from a stub of S3.

CPU seconds of this process, and the most memory that it had. `roll-ups` is the same from DynamoDB's
answers, for a day.
"""

import resource
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from counter.history.bucket import StoredFile
from counter.history.files import pack, quarters_file
from counter.history.keys import Month, month_key, quarters_key
from counter.history.lines import HistoryLine, Projection, line_of
from counter.history.month import DAYS
from counter.history.reading import HistorySource, read_history
from counter.rows.occupancy import QuarterHour
from counter.stores.day_marks import Marks
from counter.stores.store import Store

FIRST = date(2025, 12, 1)
CAMERAS, HOURS = 20, 12
ZONE = ZoneInfo("Europe/Berlin")


@dataclass
class Files:
    """A bucket in memory; the time that it takes to make its days is not measured."""

    objects: dict[str, StoredFile] = field(default_factory=dict)

    def get(self, key: str) -> StoredFile | None:
        return self.objects.get(key)


class NoMarks:
    """Marks of a store of which nothing changed."""

    def of_store(self, _: str) -> Marks:
        return Marks()


def main() -> None:
    """Print the table."""
    print("span     lines    packed MB  what               wall s   CPU s  us/line  peak MB")
    days = 365
    files = _files(days)
    for name, number in (("8 weeks", 56), ("a year", days)):
        for what in (Projection.SCALARS, Projection.WITHOUT_FEET, Projection.ALL):
            for values in (False, True):
                _measure(files, name, number, what, values=values)


def _measure(files: Files, name: str, number: int, what: Projection, *, values: bool) -> None:
    store = Store("north", ZONE.key, next_day=FIRST + timedelta(days=1000))
    source = HistorySource(files, NoMarks(), None)  # type: ignore[arg-type] # in memory
    wall, cpu, lines = time.perf_counter(), time.process_time(), 0
    with ThreadPoolExecutor(8) as threads:
        span = FIRST, FIRST + timedelta(days=number - 1)
        for part in read_history(source, threads, store, span, (), what):
            lines += sum(1 for _ in part.lines()) if values else len(part.objects)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    packed = sum(len(files.objects[key].packed) for key in _keys(number)) / 1e6
    label = f"{what.name.lower()}{', values' if values else ''}"
    print(
        f"{name:8} {lines:7} {packed:9.1f}  {label:22} {wall:7.2f} {cpu:7.2f} {cpu / lines * 1e6:8.1f}"
        f" {peak:8.0f}"
    )
    sys.stdout.flush()


def _keys(number: int) -> list[str]:
    return [quarters_key(FIRST + timedelta(days=day), "north") for day in range(number)]


def _files(days: int) -> Files:
    random, files = Random(1), Files()
    for number in range(days):
        day = FIRST + timedelta(days=number)
        packed = pack(quarters_file(_lines(random, day)))
        files.objects[quarters_key(day, "north")] = StoredFile(packed, "etag")
    month = Month.of(FIRST)
    while month.next.first <= FIRST + timedelta(days=days):
        length = (month.next.first - month.first).days
        keys = [quarters_key(month.first + timedelta(days=n), "north") for n in range(length)]
        joined = b"".join(files.objects[key].packed for key in keys)
        metadata = {DAYS: "1" * length}
        files.objects[month_key(month, "north")] = StoredFile(joined, "etag", metadata)
        month = month.next
    return files


def _lines(random: Random, day: date) -> list[HistoryLine]:
    opening = datetime(day.year, day.month, day.day, 8, tzinfo=UTC)
    quarters = range(HOURS * 4)
    return [
        line_of(_quarter(random, f"camera-{number:02}", opening + timedelta(minutes=15 * quarter)), ZONE)
        for number in range(CAMERAS)
        for quarter in quarters
    ]


def _quarter(random: Random, camera: str, start: datetime) -> QuarterHour:
    """A quarter hour at a frame a minute, two zones, about three people at a time."""
    counts = [random.randrange(7) for _ in range(15)]
    histogram = {count: counts.count(count) for count in set(counts)}
    feet: dict[int, int] = {}
    for _ in range(sum(counts)):
        cell = random.randrange(200)
        feet[cell] = feet.get(cell, 0) + 60
    return QuarterHour(
        camera_id=camera,
        start=start,
        store_id="north",
        area="floor",
        counted=15,
        gaps={},
        person_seconds=60 * sum(counts),
        counted_seconds=900,
        zone_person_seconds={"shelf": 300, "till": 600},
        histogram=histogram,
        zone_histograms={"shelf": {0: 10, 1: 5}, "till": {0: 5, 1: 10}},
        foot_seconds=feet,
        rule="0123456789abcdef",
    )


if __name__ == "__main__":
    main()
