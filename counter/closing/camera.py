"""One camera's closing: a row for each due instant, a roll-up for each quarter hour.

The next run, or two runs at once, can repeat all of it without harm.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from counter.closing.gaps import decide, slices
from counter.history.bucket import HistoryBucket
from counter.rows.coverage import Coverage
from counter.rows.new_rows import gap_row
from counter.rows.occupancy import QuarterHour, RowKey
from counter.rows.table import OccupancyTable
from counter.stores.marks import MarkTable
from counter.stores.table import StoreTable
from ingest.frames.bucket import FrameBucket
from ingest.frames.messages import GapReason
from ingest.registry.registered import RegisteredCamera
from ingest.registry.table import CameraRegistry
from ingest.times import quarter_start


@dataclass(frozen=True)
class ClosingDependencies:
    """Everything outside this process that the closing reads or writes, and whether its time is up."""

    registry: CameraRegistry
    table: OccupancyTable
    stores: StoreTable
    marks: MarkTable
    bucket: FrameBucket
    history: HistoryBucket
    retention: timedelta
    out_of_time: Callable[[], bool]


@dataclass
class CameraClosing:
    """The progress of one camera's closing.

    `waiting` are the instants with a frame in the bucket, `known` the instants after `closed_until` that are
    known to have a row, `gaps` the gaps that this run wrote. `coverage` is that of the quarter hours that
    this run closed; no quarter hour is in the coverage of two runs. Before `recorded_until` all is closed and
    recorded as such, as far as this run knows.
    """

    registered: RegisteredCamera
    dependencies: ClosingDependencies
    waiting: Collection[RowKey]
    closed_until: datetime = field(init=False)
    recorded_until: datetime = field(init=False)
    known: set[datetime] = field(default_factory=set)
    gaps: Counter[GapReason] = field(default_factory=Counter)
    coverage: Coverage = field(default_factory=Coverage)

    def __post_init__(self) -> None:
        since = quarter_start(self.registered.camera.since)
        self.closed_until = self.recorded_until = self.registered.closed_until or since

    def close(self, until: datetime) -> bool:
        """Close the quarter hours before `until`. False if the time was not enough for all of them."""
        recorded = self.registered.closed_until
        for start, end in slices(self.closed_until, until):
            quarters = self._close_slice(start, end)
            if quarters is None:
                return False
            camera_id = self.registered.camera.camera_id
            if not self.dependencies.registry.record_closed(camera_id, recorded, end):
                # Another run closes the same camera and is ahead: it will do the rest.
                self.closed_until = until
                return True
            self.coverage += Coverage.of(quarters)
            self.closed_until = self.recorded_until = recorded = end
            self.known.clear()
        return True

    def overdue(self, until: datetime) -> int:
        """The number of due instants before `until` that are not known to have a row."""
        due = self.registered.camera.due(self.closed_until, until)
        return sum(instant not in self.known for instant in due)

    def _close_slice(self, start: datetime, end: datetime) -> list[QuarterHour] | None:
        """Close [start, end) and return its roll-ups; None if the time was not enough."""
        camera_id, table = self.registered.camera.camera_id, self.dependencies.table
        if self.dependencies.out_of_time():
            return None
        rows = table.outlines(camera_id, start, end)
        self.known.update(row.instant for row in rows)
        plan = decide(self.registered, (start, end), rows, self.waiting)
        for instant, why in plan.gaps:
            if self.dependencies.out_of_time():
                return None
            self._put_gap(instant, why)
        read_again = (table.rolled_up(camera_id, changed) for changed in plan.changed)
        quarters = [*plan.complete, *(quarter for quarter in read_again if quarter)]
        for quarter in quarters:
            table.put_quarter(quarter)
        for store_id, starts in _by_store(quarters).items():
            # All of them are late, whoever has put them.
            self.dependencies.marks.mark(store_id, camera_id, starts)
        return quarters

    def _put_gap(self, instant: datetime, why: GapReason) -> None:
        row = gap_row(self.registered.camera, instant, why, self.dependencies.retention)
        if self.dependencies.table.put(row):
            self.gaps[why] += 1
        self.known.add(instant)


def _by_store(quarters: Iterable[QuarterHour]) -> dict[str, list[datetime]]:
    """The starts of quarter hours by the store that the camera was in."""
    stores: defaultdict[str, list[datetime]] = defaultdict(list)
    for quarter in quarters:
        stores[quarter.store_id].append(quarter.start)
    return stores
