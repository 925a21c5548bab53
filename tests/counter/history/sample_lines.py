"""Roll-ups and lines of a day of the store north."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from counter.history.lines import HistoryLine, line_of
from counter.rows.occupancy import QuarterHour
from ingest.frames.messages import GapReason

BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)


def quarter(minutes: int = 0, camera: str = "till-1", **values: Any) -> QuarterHour:
    """A roll-up that begins `minutes` after START, with the counts 0, 2 and 2 unless told otherwise."""
    settings: dict[str, Any] = {
        "store_id": "north",
        "area": "tills",
        "counted": 3,
        "gaps": {},
        "person_seconds": 1200,
        "counted_seconds": 900,
        "zone_person_seconds": {"shelf": 300, "entry": 0},
        "histogram": {2: 2, 0: 1},
    }
    return QuarterHour(camera_id=camera, start=START + timedelta(minutes=minutes), **settings | values)


def dark(minutes: int = 0, camera: str = "till-1", **values: Any) -> QuarterHour:
    """A roll-up without a count."""
    nothing: dict[str, Any] = {
        "counted": 0,
        "gaps": {GapReason.NO_MEDIA: 2, GapReason.MEDIA_ERROR: 1},
        "person_seconds": 0,
        "counted_seconds": 0,
        "zone_person_seconds": {},
        "histogram": {},
    }
    return quarter(minutes, camera, **nothing | values)


def line(*args: Any, **values: Any) -> HistoryLine:
    """The line of `quarter`."""
    return line_of(quarter(*args, **values), BERLIN)
