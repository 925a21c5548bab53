"""Puts a roll-up, and marks its day if it is late: for the counter, the closing and a recount."""

from datetime import datetime

from counter.rows.occupancy import QuarterHour
from counter.rows.table import OccupancyTable
from counter.stores.marks import MarkTable, is_late


def put_roll_up(
    table: OccupancyTable, marks: MarkTable, camera_id: str, quarter_start: datetime, now: datetime
) -> QuarterHour | None:
    """Update the roll-up of a quarter hour from its rows; None if it has none.

    The mark does not depend on whether the put won: the writer that won may have died before its mark.
    """
    quarter = table.rolled_up(camera_id, quarter_start)
    if quarter is None:
        return None
    table.put_quarter(quarter)
    if is_late(quarter_start, now):
        marks.mark(quarter.store_id, camera_id, [quarter_start])
    return quarter
