"""A line of a day file: one camera's quarter hour, as JSON. Pure.

The scalars come first, in the order of `SCALARS`, then the maps in the order of `MAPS`, each with its keys
sorted: the same roll-up always gives the same bytes. docs/history.md describes each field.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from counter.rows.occupancy import QuarterHour
from ingest.frames.messages import GapReason
from ingest.times import from_text

SCALARS = (
    "store", "camera", "area", "start", "local_start", "counted", "due", "gaps", "coverage",
    "person_seconds", "counted_seconds", "minimum", "maximum", "rule",
)  # fmt: skip
MAPS = ("gaps_by_reason", "zone_person_seconds", "histogram", "zone_histograms", "foot_seconds")
FIELDS = (*SCALARS, *MAPS)


class Projection(StrEnum):
    """How much of a line is read: it is cut before the field that the value names, which saves time."""

    SCALARS = "gaps_by_reason"
    WITHOUT_ZONE_HISTOGRAMS = "zone_histograms"
    WITHOUT_FEET = "foot_seconds"
    ALL = ""


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One camera's quarter hour, as a day file has it.

    `start` is in UTC, `local_start` the same moment in the store's time zone. `minimum` and `maximum` are
    the smallest and the greatest count, None if nothing was counted. `rule` names what the rows were counted
    with. `rule`, `zone_histograms` and `foot_seconds` are None in roll-ups that are older than these. What a
    projection left out is empty or None.
    """

    store: str
    camera: str
    area: str
    start: datetime
    local_start: datetime
    counted: int
    due: int
    person_seconds: int
    counted_seconds: int
    minimum: int | None
    maximum: int | None
    rule: str | None = None
    gaps_by_reason: Mapping[GapReason, int] = field(default_factory=dict)
    zone_person_seconds: Mapping[str, int] = field(default_factory=dict)
    histogram: Mapping[int, int] = field(default_factory=dict)
    zone_histograms: Mapping[str, Mapping[int, int]] | None = None
    foot_seconds: Mapping[int, int] | None = None

    @property
    def gaps(self) -> int:
        """The instants without a count."""
        return self.due - self.counted

    @property
    def coverage(self) -> float:
        """The share of the due instants that have a count; to four digits, as the file has it."""
        return round(self.counted / self.due, 4)


def line_of(quarter: QuarterHour, time_zone: ZoneInfo) -> HistoryLine:
    """The line of a roll-up; `time_zone` is that of the store on that day."""
    counts = quarter.histogram
    return HistoryLine(
        store=quarter.store_id,
        camera=quarter.camera_id,
        area=quarter.area,
        start=quarter.start,
        local_start=quarter.start.astimezone(time_zone),
        counted=quarter.counted,
        due=quarter.counted + sum(quarter.gaps.values()),
        person_seconds=quarter.person_seconds,
        counted_seconds=quarter.counted_seconds,
        minimum=min(counts, default=None),
        maximum=max(counts, default=None),
        gaps_by_reason=dict(quarter.gaps),
        zone_person_seconds=dict(quarter.zone_person_seconds),
        histogram=dict(counts),
        rule=quarter.rule,
        zone_histograms=quarter.zone_histograms,
        foot_seconds=quarter.foot_seconds,
    )


def encode(line: HistoryLine) -> bytes:
    """The line's bytes, without its end of line."""
    return json.dumps(line_values(line), separators=(",", ":")).encode()


def line_values(line: HistoryLine) -> dict[str, Any]:
    """The line as a JSON object."""
    return {
        "store": line.store,
        "camera": line.camera,
        "area": line.area,
        "start": _seconds_text(line.start),
        "local_start": line.local_start.isoformat(timespec="seconds"),
        "counted": line.counted,
        "due": line.due,
        "gaps": line.gaps,
        "coverage": line.coverage,
        "person_seconds": line.person_seconds,
        "counted_seconds": line.counted_seconds,
        "minimum": line.minimum,
        "maximum": line.maximum,
        "rule": line.rule,
        "gaps_by_reason": {reason.value: n for reason, n in sorted(line.gaps_by_reason.items())},
        "zone_person_seconds": dict(sorted(line.zone_person_seconds.items())),
        "histogram": _numbered(line.histogram),
        "zone_histograms": _by_zone(line.zone_histograms),
        "foot_seconds": None if line.foot_seconds is None else _numbered(line.foot_seconds),
    }


def decode(values: Mapping[str, Any]) -> HistoryLine:
    """The line of a JSON object; absent maps are empty. Raises KeyError, TypeError or ValueError."""
    zones, feet = values.get("zone_histograms"), values.get("foot_seconds")
    return HistoryLine(
        store=values["store"],
        camera=values["camera"],
        area=values["area"],
        start=from_text(values["start"]),
        local_start=datetime.fromisoformat(values["local_start"]),
        counted=values["counted"],
        due=values["due"],
        person_seconds=values["person_seconds"],
        counted_seconds=values["counted_seconds"],
        minimum=values["minimum"],
        maximum=values["maximum"],
        rule=values.get("rule"),
        gaps_by_reason={GapReason(reason): n for reason, n in values.get("gaps_by_reason", {}).items()},
        zone_person_seconds=values.get("zone_person_seconds", {}),
        histogram=_counts(values.get("histogram", {})),
        zone_histograms=None if zones is None else {name: _counts(each) for name, each in zones.items()},
        foot_seconds=None if feet is None else _counts(feet),
    )


def parse(lines: Iterable[bytes], projection: Projection = Projection.ALL) -> list[dict[str, Any]]:
    """The JSON objects of lines, all in one call of the parser. Raises ValueError."""
    if projection is not Projection.ALL:
        cut = f',"{projection}":'.encode()
        lines = (_before(line, cut) for line in lines)
    found = json.loads(b"[" + b",".join(lines) + b"]")
    if not all(isinstance(values, dict) for values in found):
        raise ValueError("a line is not a JSON object")
    return found  # type: ignore[no-any-return] # checked above


def _before(line: bytes, cut: bytes) -> bytes:
    head, found, _ = line.partition(cut)
    return head + b"}" if found else line


def _seconds_text(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def _numbered(numbers: Mapping[int, int]) -> dict[str, int]:
    return {str(key): numbers[key] for key in sorted(numbers)}


def _by_zone(histograms: Mapping[str, Mapping[int, int]] | None) -> dict[str, dict[str, int]] | None:
    if histograms is None:
        return None
    return {name: _numbered(histogram) for name, histogram in sorted(histograms.items())}


def _counts(values: Mapping[str, int]) -> dict[int, int]:
    return {int(key): value for key, value in values.items()}
