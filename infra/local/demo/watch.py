"""Observes rows and roll-ups as they are stored, without reading the tables: for the live view."""

import json
from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock

from counter.rows.items import row_from_item
from counter.rows.kept_rules import is_rule
from counter.rows.occupancy import Row, RowKey
from infra.local.aws.request_observer import ObservedRequest


@dataclass
class Watch:
    """The newest state of every row, when each row was first stored, and which roll-ups exist."""

    occupancy_table: str
    quarter_table: str
    rows: dict[RowKey, Row] = field(default_factory=dict)
    first_seen: dict[RowKey, datetime] = field(default_factory=dict)
    quarters: set[tuple[str, str]] = field(default_factory=set)
    """Camera and the quarter hour's start, as the table writes it."""
    _lock: Lock = field(default_factory=Lock)

    def before(self, request: ObservedRequest) -> None:
        """Do nothing: only the result of a write counts."""

    def after(self, request: ObservedRequest, status: int) -> None:
        """Note a put that succeeded."""
        if request.target != "PutItem" or status != 200:
            return
        call = json.loads(request.body)
        if call["TableName"] == self.quarter_table and not is_rule(call["Item"]):
            with self._lock:
                self.quarters.add((call["Item"]["CameraId"]["S"], call["Item"]["QuarterStart"]["S"]))
        elif call["TableName"] == self.occupancy_table:
            self._note(row_from_item(call["Item"]))

    def _note(self, row: Row) -> None:
        key = (row.camera_id, row.instant)
        with self._lock:
            self.rows[key] = row
            self.first_seen.setdefault(key, datetime.now(UTC))

    def rows_of(self, camera_id: str) -> list[Row]:
        """Return a camera's rows in the order of their instants."""
        with self._lock:
            rows = [row for (name, _), row in self.rows.items() if name == camera_id]
        return sorted(rows, key=lambda row: row.instant)

    def roll_ups_of(self, camera_id: str) -> int:
        """Count the quarter hours of a camera that have a roll-up."""
        with self._lock:
            return sum(name == camera_id for name, _ in self.quarters)

    def missing(self, keys: Iterable[RowKey]) -> list[RowKey]:
        """Return the keys that have no row yet."""
        with self._lock:
            return [key for key in keys if key not in self.rows]

    def freshness(self, cameras: Container[str]) -> list[timedelta]:
        """Return for each row of these cameras how long after its instant it was first stored."""
        with self._lock:
            return [seen - instant for (name, instant), seen in self.first_seen.items() if name in cameras]
