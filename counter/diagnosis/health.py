"""Reads a camera's roll-ups and rows, as few as its health needs."""

from datetime import datetime

from counter.diagnosis.darkness import LOOK_BACK, Health, judge, with_rows
from counter.rows.table import OccupancyTable


def read_health(table: OccupancyTable, camera_id: str, until: datetime) -> Health:
    """A camera's health before `until`: one read of a day's roll-ups, more only if the camera is dark."""
    health = judge(table.newest_quarters(camera_id, until - LOOK_BACK, until), until)
    if (darkness := health.darkness) is None:
        return health
    rows = table.outlines(camera_id, darkness.start or darkness.since, darkness.end)
    return Health(health.coverage, with_rows(darkness, rows))
