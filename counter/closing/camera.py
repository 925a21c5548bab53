"""One camera's quarter hours, closed: a row for every due instant, a roll-up for every quarter hour.

All of it can be done again without harm, by the next run or by two at once.
"""

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from counter.closing.gaps import by_quarter, missing, reason, slices
from counter.rows.new_rows import gap_row
from counter.rows.occupancy import Row, roll_up
from counter.rows.table import OccupancyTable, RowKey
from ingest.frames.bucket import FrameBucket
from ingest.frames.messages import GapReason
from ingest.registry.registered import RegisteredCamera
from ingest.registry.table import CameraRegistry
from ingest.times import quarter_start


@dataclass(frozen=True)
class Outside:
    """Everything beyond this process that the closing reads or writes, and how long it may."""

    registry: CameraRegistry
    table: OccupancyTable
    bucket: FrameBucket
    retention: timedelta
    out_of_time: Callable[[], bool]


@dataclass
class CameraClosing:
    """How far the closing of one camera has come.

    `waiting` are the instants with a frame in the bucket. `there` are those instants after `closed_until`
    of which a row is known, `gaps` what was written.
    """

    registered: RegisteredCamera
    outside: Outside
    waiting: Collection[RowKey]
    closed_until: datetime = field(init=False)
    there: set[datetime] = field(default_factory=set)
    gaps: Counter[GapReason] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        since = quarter_start(self.registered.camera.since)
        self.closed_until = self.registered.closed_until or since

    def close(self, until: datetime) -> bool:
        """Close the quarter hours before `until`; False where the time did not suffice for all of them."""
        recorded = self.registered.closed_until
        for start, end in slices(self.closed_until, until):
            if not self._close_slice(start, end):
                return False
            camera_id = self.registered.camera.camera_id
            if not self.outside.registry.record_closed(camera_id, recorded, end):
                # Another run is at the same camera, and further: what is left is its work.
                self.closed_until = until
                return True
            self.closed_until = recorded = end
            self.there.clear()
        return True

    def overdue(self, until: datetime) -> int:
        """Due instants before `until` of which no row is known."""
        due = self.registered.camera.due(self.closed_until, until)
        return sum(instant not in self.there for instant in due)

    def _close_slice(self, start: datetime, end: datetime) -> bool:
        camera, table = self.registered.camera, self.outside.table
        if self.outside.out_of_time():
            return False
        rows = table.outlines(camera.camera_id, start, end)
        self.there.update(row.instant for row in rows)
        filled: set[datetime] = set()
        for instant in missing(camera, start, end, rows):
            if self.outside.out_of_time():
                return False
            self._put_gap(instant)
            filled.add(quarter_start(instant))
        self._put_roll_ups(rows, filled)
        return True

    def _put_gap(self, instant: datetime) -> None:
        why = reason(self.registered, instant, self.waiting)
        if self.outside.table.put(gap_row(self.registered.camera, instant, why, self.outside.retention)):
            self.gaps[why] += 1
        self.there.add(instant)

    def _put_roll_ups(self, rows: list[Row], filled: set[datetime]) -> None:
        """The roll-ups of all quarter hours that have rows, also to repair those whose writer died.

        Where this run wrote a row the rows are read again: another writer may have read them before it.
        """
        camera_id, table = self.registered.camera.camera_id, self.outside.table
        for start, known in by_quarter(rows).items():
            if start not in filled and (quarter := roll_up(camera_id, start, known)):
                table.put_quarter(quarter)
        for start in sorted(filled):
            table.put_roll_up(camera_id, start)
