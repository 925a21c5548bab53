"""The columns of an export: names, kinds and values, in a fixed order. Pure.

docs/export.md describes each column. Columns are only added at the end.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from counter.history.lines import MAPS
from counter.rows.occupancy import Row
from ingest.times import from_text, to_text

Record = Sequence[Any]
"""The values of one line, in the order of the columns; None where there is none."""


class ColumnKind(StrEnum):
    """What a column holds. A time is a moment in UTC; a map is an object or a list of JSON."""

    TIME = "time"
    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    MAP = "map"


@dataclass(frozen=True)
class Column:
    """A column and its kind."""

    name: str
    kind: ColumnKind


def _columns(texts: Mapping[str, ColumnKind]) -> tuple[Column, ...]:
    return tuple(Column(name, kind) for name, kind in texts.items())


TIME, TEXT, INTEGER, NUMBER, MAP = ColumnKind

_ROW: Mapping[str, tuple[ColumnKind, Callable[[Row], Any]]] = {
    "store": (TEXT, lambda row: row.store_id),
    "camera": (TEXT, lambda row: row.camera_id),
    "area": (TEXT, lambda row: row.area),
    "status": (TEXT, lambda row: row.status.value),
    "count": (INTEGER, lambda row: row.count),
    "reason": (TEXT, lambda row: row.reason.value if row.reason else None),
    "sample_every": (INTEGER, lambda row: row.sample_every),
    "source": (TEXT, lambda row: row.source.value),
    "frame_time": (TIME, lambda row: row.frame_time),
    "detector": (TEXT, lambda row: row.detector),
    "floor": (NUMBER, lambda row: row.floor),
    "rule": (TEXT, lambda row: row.rule),
    "zones": (MAP, lambda row: dict(row.zones) if row.count is not None else None),
    "feet": (MAP, lambda row: list(row.feet) if row.feet is not None else None),
    "people": (MAP, lambda row: _people(row) if row.count is not None else None),
}

ROW_COLUMNS = _columns({"time": TIME, "local_time": TEXT} | {name: kind for name, (kind, _) in _ROW.items()})

QUARTER_COLUMNS = _columns(
    {
        "start": TIME,
        "local_start": TEXT,
        "store": TEXT,
        "camera": TEXT,
        "area": TEXT,
        "counted": INTEGER,
        "due": INTEGER,
        "gaps": INTEGER,
        "coverage": NUMBER,
        "person_seconds": INTEGER,
        "counted_seconds": INTEGER,
        "minimum": INTEGER,
        "maximum": INTEGER,
        "rule": TEXT,
    }
    | dict.fromkeys(MAPS, MAP)
)


def row_record(row: Row, zone: ZoneInfo) -> Record:
    """The values of ROW_COLUMNS; `zone` is that of the store on that day."""
    local = row.instant.astimezone(zone).isoformat(timespec="milliseconds")
    return [row.instant, local, *(value(row) for _, value in _ROW.values())]


def quarter_record(line: Mapping[str, Any]) -> Record:
    """The values of QUARTER_COLUMNS of a line of the history. Raises KeyError, TypeError or ValueError."""
    start = from_text(line["start"])
    return [start, *(line[column.name] for column in QUARTER_COLUMNS[1:])]


def text_of(value: Any) -> Any:
    """A value for CSV: times as ISO 8601 in UTC, maps as JSON; numbers and texts as they are."""
    if isinstance(value, datetime):
        return to_text(value)
    return map_text(value) if isinstance(value, dict | list) else value


def map_text(value: Any) -> str:
    """A map as JSON without spaces."""
    return json.dumps(value, separators=(",", ":"))


def _people(row: Row) -> list[list[float]]:
    """Confidence, left, top, width, height of each person; the box in fractions of the picture."""
    return [
        [person.confidence, person.box.left, person.box.top, person.box.width, person.box.height]
        for person in row.people
    ]
