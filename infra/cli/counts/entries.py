"""What is known of each sample instant of a camera: its row, or that there is none yet. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from counter.rows.occupancy import Row, Status
from infra.cli.counts.span import CountSpan
from ingest.frames.messages import GapReason
from ingest.registry.registered import RegisteredCamera


class CountStatus(StrEnum):
    """A row's status, or why there is no row.

    `pending`: the quarter hour is not closed yet. `missing`: it is, but the camera's settings have since been
    changed so that the instant is due; `occupancy pull` counts it or writes its gap.
    """

    COUNTED = "counted"
    GAP = "gap"
    PENDING = "pending"
    MISSING = "missing"


@dataclass(frozen=True)
class CountEntry:
    """One camera at one sample instant; only a counted one has a `count`, only a gap has a `reason`."""

    camera_id: str
    store_id: str
    area: str
    time_zone: str
    instant: datetime
    status: CountStatus
    count: int | None = None
    zones: Mapping[str, int] = field(default_factory=dict)
    reason: GapReason | None = None

    @property
    def key(self) -> tuple[datetime, str]:
        """What orders entries: the instant, then the camera."""
        return self.instant, self.camera_id


def entry_of(row: Row, time_zone: str) -> CountEntry:
    """The entry of a row."""
    return CountEntry(
        camera_id=row.camera_id,
        store_id=row.store_id,
        area=row.area,
        time_zone=time_zone,
        instant=row.instant,
        status=CountStatus.COUNTED if row.status is Status.COUNTED else CountStatus.GAP,
        count=row.count,
        zones=row.zones,
        reason=row.reason,
    )


def entries_of(registered: RegisteredCamera, rows: Iterable[Row], due: CountSpan) -> list[CountEntry]:
    """The entries of the rows, and of those due instants in the span `due` that have no row; in no order."""
    camera, closed = registered.camera, registered.closed_until
    zone = camera.sampling.time_zone
    found = {row.instant: entry_of(row, zone) for row in rows}
    without = (instant for instant in camera.due(due.start, due.end) if instant not in found)
    return [*found.values()] + [
        CountEntry(
            camera_id=camera.camera_id,
            store_id=camera.store_id,
            area=camera.area,
            time_zone=zone,
            instant=instant,
            status=CountStatus.MISSING if closed and instant < closed else CountStatus.PENDING,
        )
        for instant in without
    ]
