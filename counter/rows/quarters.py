"""Which quarter hours are over, and which rows belong to each. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from counter.rows.occupancy import Row
from ingest.times import quarter_start

GRACE = timedelta(minutes=15)
"""How long after its end a quarter hour is closed. A frame that arrives later still replaces its gap."""


def closable_until(now: datetime) -> datetime:
    """The end of the last quarter hour that can be closed at `now`."""
    return quarter_start(now - GRACE)


def by_quarter(rows: Iterable[Row]) -> dict[datetime, list[Row]]:
    """Group rows by the start of their quarter hour; quarter hours without rows are left out."""
    quarters: dict[datetime, list[Row]] = {}
    for row in rows:
        quarters.setdefault(quarter_start(row.instant), []).append(row)
    return quarters
