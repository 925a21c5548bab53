"""`hours.json.gz`: a day's sums of the areas and of the store, by quarter hour and by hour. Pure.

Only sums, so that any span is their sum: the mean number of people is `person_seconds` / `seconds`. Nothing
is filled: where cameras were dark the sums are lower than the truth, and `counted` < `due` says so.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from counter.history.lines import HistoryLine
from ingest.times import QUARTER_HOUR

QUARTER_SECONDS = int(QUARTER_HOUR.total_seconds())


@dataclass(frozen=True)
class Sums:
    """Sums over a span of an area or of the store.

    `due` and `counted` are instants of cameras. `seconds` is the time in which the place was counted,
    `person_seconds` the people in it times that time: of an area the greatest of its cameras' means, of the
    store the sum of its areas, quarter hour by quarter hour.
    """

    due: int = 0
    counted: int = 0
    person_seconds: int = 0
    seconds: int = 0

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(
            self.due + other.due,
            self.counted + other.counted,
            self.person_seconds + other.person_seconds,
            self.seconds + other.seconds,
        )

    def values(self) -> dict[str, int]:
        """As the file has it."""
        return {
            "due": self.due,
            "counted": self.counted,
            "person_seconds": self.person_seconds,
            "seconds": self.seconds,
        }


def hours_file(store_id: str, day: date, time_zone: ZoneInfo, lines: Iterable[HistoryLine]) -> bytes:
    """The unpacked content of the hours file of a day; no spans where nothing was due."""
    areas: defaultdict[str, defaultdict[datetime, list[HistoryLine]]] = defaultdict(lambda: defaultdict(list))
    for line in lines:
        areas[line.area][line.start].append(line)
    by_area = {
        area: {start: area_sums(cameras) for start, cameras in quarters.items()}
        for area, quarters in areas.items()
    }
    values = {
        "store": store_id,
        "day": day.isoformat(),
        "time_zone": time_zone.key,
        "total": _spans(_store_sums(by_area.values()), time_zone),
        "areas": {area: _spans(by_area[area], time_zone) for area in sorted(by_area)},
    }
    return json.dumps(values, separators=(",", ":")).encode()


def area_sums(cameras: Iterable[HistoryLine]) -> Sums:
    """An area's quarter hour: the people of the camera with the greatest mean, for the whole quarter hour."""
    lines = list(cameras)
    means = [
        (line.person_seconds * QUARTER_SECONDS + line.counted_seconds // 2) // line.counted_seconds
        for line in lines
        if line.counted_seconds
    ]
    return Sums(
        sum(line.due for line in lines),
        sum(line.counted for line in lines),
        max(means, default=0),
        QUARTER_SECONDS if means else 0,
    )


def _store_sums(areas: Iterable[Mapping[datetime, Sums]]) -> dict[datetime, Sums]:
    """The store's quarter hours: people are added, time is not."""
    total: dict[datetime, Sums] = {}
    for quarters in areas:
        for start, sums in quarters.items():
            before = total.get(start, Sums())
            added = before + sums
            total[start] = Sums(
                added.due, added.counted, added.person_seconds, max(before.seconds, sums.seconds)
            )
    return total


def _spans(quarters: Mapping[datetime, Sums], time_zone: ZoneInfo) -> dict[str, list[dict[str, Any]]]:
    """Quarter hours and hours, in order of time. Of the two hours of a clock set back, each stays its own."""
    hours: defaultdict[datetime, Sums] = defaultdict(Sums)
    for start in sorted(quarters):
        local = start.astimezone(time_zone)
        hours[start - (local - local.replace(minute=0))] += quarters[start]
    return {"quarters": _listed(quarters, time_zone), "hours": _listed(hours, time_zone)}


def _listed(spans: Mapping[datetime, Sums], time_zone: ZoneInfo) -> list[dict[str, Any]]:
    return [
        {"local_start": start.astimezone(time_zone).isoformat(timespec="seconds"), **spans[start].values()}
        for start in sorted(spans)
    ]
