"""Reads the history as an outsider does, and compares it with its own sums over rows and roll-ups. Pure.

It knows the formats from docs/history.md and docs/architecture.md alone, and shares no code with what writes
rows, roll-ups and day files: a mistake that these have in common would show here.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

Values = Mapping[str, Any]
Place = tuple[str, str]
"""A camera, and the start of a quarter hour as day files have it: `2026-11-22T14:00:00Z`."""
QUARTER = 900  # s


@dataclass(frozen=True)
class DayFile:
    """The two files of a store's day, as they lie in the bucket, unpacked: lines, and the sums by hour."""

    store: str
    day: str
    lines: Sequence[Values]
    hours: Values


@dataclass(frozen=True)
class Stored:
    """All day files, and the items of the two tables as plain values."""

    files: Sequence[DayFile]
    rows: Sequence[Values]
    roll_ups: Sequence[Values]
    unreadable: Sequence[str] = ()
    """The keys of day files that are not what docs/history.md says."""


@dataclass(frozen=True)
class Comparison:
    """How much was compared, and a sentence for each difference."""

    files: int = 0
    lines: int = 0
    rows: int = 0
    problems: tuple[str, ...] = ()


def compare(stored: Stored) -> Comparison:
    """Compare each day file with the roll-ups and rows of its store and day.

    Roll-ups are kept longer than rows, and day files longer than roll-ups: a line without rows is compared
    with its roll-up, and one without either with nothing but the sums of its day.
    """
    by_quarter: defaultdict[Place, list[Values]] = defaultdict(list)
    for row in stored.rows:
        by_quarter[row["CameraId"], quarter_of(row["TimeStamp"])].append(row)
    sums = {place: of_rows(rows) for place, rows in by_quarter.items()}
    roll_ups = {
        (item["CameraId"], quarter_of(item["QuarterStart"])): of_roll_up(item)
        for item in stored.roll_ups
        if "QuarterStart" in item and "Counted" in item  # the rules of cameras lie in the same table
    }
    problems = [f"{key} is not gzipped JSON" for key in stored.unreadable]
    problems += _differences("the roll-ups", roll_ups, sums, "rows")
    for file in stored.files:
        problems += _of_file(file, sums, roll_ups)
    lines = [(line["camera"], line["start"]) for file in stored.files for line in file.lines]
    return Comparison(
        len(stored.files),
        len(lines),
        sum(len(by_quarter[place]) for place in lines if place in by_quarter),
        tuple(problems),
    )


def _of_file(file: DayFile, sums: Mapping[Place, Values], roll_ups: Mapping[Place, Values]) -> Iterator[str]:
    name = f"the day file of {file.store} {file.day}"
    lines = {(line["camera"], line["start"]): figures_of(line) for line in file.lines}
    if len(lines) < len(file.lines):
        yield f"{name} has a quarter hour twice"
    zone = ZoneInfo(file.hours["time_zone"])
    for what, known in (("rows", sums), ("roll-up", roll_ups)):
        yield from _differences(name, lines, {place: known[place] for place in lines if place in known}, what)
        ours = {place for place, values in known.items() if values["store"] == file.store}
        for camera, start in sorted(ours - lines.keys()):
            if _moment(start).astimezone(zone).date().isoformat() == file.day:
                yield f"{name} lacks camera {camera} at {start}, which has {what}"
    yield from _of_hours(name, file, zone)


def _differences(
    name: str, found: Mapping[Place, Values], expected: Mapping[Place, Values], what: str
) -> Iterator[str]:
    for place, wanted in sorted(expected.items()):
        values = found.get(place)
        camera, start = place
        if values is None:
            yield f"{name}: nothing of camera {camera} at {start}, which has {what}"
            continue
        for field, value in wanted.items():
            if values[field] != value:
                yield (
                    f"{name}: camera {camera} at {start} has {field} {values[field]}, its {what} give {value}"
                )


def _of_hours(name: str, file: DayFile, zone: ZoneInfo) -> Iterator[str]:
    """Compare `hours.json.gz` with the lines beside it: sums of areas and store, by quarter hour and hour."""
    quarters = expected_hours(file.lines, zone)
    for place, spans in {"the store": file.hours["total"], **file.hours["areas"]}.items():
        for span in ("quarters", "hours"):
            listed = {each["local_start"]: {**each, "local_start": None} for each in spans[span]}
            wanted = {
                start: {"local_start": None, **values}
                for start, values in quarters.get((place, span), {}).items()
            }
            if listed != wanted:
                yield f"the {span} of {place} beside {name} are not the sums of its lines"


def expected_hours(lines: Iterable[Values], zone: ZoneInfo) -> dict[tuple[str, str], dict[str, Values]]:
    """(area or "the store", "quarters" or "hours") -> local start -> sums, from the lines of a day."""
    areas: defaultdict[tuple[str, str], list[Values]] = defaultdict(list)
    for line in lines:
        areas[line["area"], line["start"]].append(line)
    found: defaultdict[tuple[str, str], dict[str, Values]] = defaultdict(dict)
    for (area, start), members in areas.items():
        # Half up, in whole numbers: the mean of the busiest camera, for the whole quarter hour.
        most = [
            (2 * line["person_seconds"] * QUARTER + line["counted_seconds"]) // (2 * line["counted_seconds"])
            for line in members
            if line["counted"]
        ]
        sums: Values = {
            "due": sum(line["due"] for line in members),
            "counted": sum(line["counted"] for line in members),
            "person_seconds": max(most, default=0),
            "seconds": QUARTER if most else 0,
        }
        local = _moment(start).astimezone(zone)
        for place in (area, "the store"):
            _add(found[place, "quarters"], local, sums, parallel=True)
    for place in {place for place, _ in found}:
        for start, sums in sorted(found[place, "quarters"].items()):
            hour = datetime.fromisoformat(start).replace(minute=0)
            _add(found[place, "hours"], hour, sums, parallel=False)
    return dict(found)


def _add(spans: dict[str, Values], start: datetime, sums: Values, *, parallel: bool) -> None:
    """Add sums to a span; areas are counted in the same time, the quarter hours of an hour are not."""
    key = start.isoformat(timespec="seconds")
    before = spans.get(key, dict.fromkeys(sums, 0))
    added = {name: before[name] + sums[name] for name in sums}
    if parallel:
        added["seconds"] = max(before["seconds"], sums["seconds"])
    spans[key] = added


def of_rows(rows: Sequence[Values]) -> Values:
    """The figures of a line, summed over the items of a camera's quarter hour."""
    ordered = sorted(rows, key=lambda row: str(row["TimeStamp"]))
    counted = [row for row in ordered if row["Status"] == "counted"]
    counts = [row["Customer_Number"] for row in counted]
    zones: Counter[str] = Counter()
    feet: Counter[str] = Counter()
    for row in counted:
        for zone, count in row.get("Zones", {}).items():
            zones[zone] += count * row["SampleEvery"]
        for cell in row.get("Feet", ()):
            feet[str(cell)] += row["SampleEvery"]
    return {
        "store": ordered[-1]["StoreId"],
        "area": ordered[-1]["Area"],
        "counted": len(counted),
        "due": len(rows),
        "person_seconds": sum(row["Customer_Number"] * row["SampleEvery"] for row in counted),
        "counted_seconds": sum(row["SampleEvery"] for row in counted),
        "gaps_by_reason": dict(Counter(row["Reason"] for row in ordered if row["Status"] == "gap")),
        "zone_person_seconds": dict(zones),
        "histogram": {str(count): number for count, number in Counter(counts).items()},
        "foot_seconds": dict(feet) if all("Feet" in row for row in counted) else None,
    }


def of_roll_up(item: Values) -> Values:
    """The same figures of a roll-up."""
    return {
        "store": item["StoreId"],
        "area": item["Area"],
        "counted": item["Counted"],
        "due": item["Counted"] + sum(item["Gaps"].values()),
        "person_seconds": item["PersonSeconds"],
        "counted_seconds": item["CountedSeconds"],
        "gaps_by_reason": item["Gaps"],
        "zone_person_seconds": item["ZonePersonSeconds"],
        "histogram": item["Histogram"],
        "foot_seconds": item.get("FootSeconds"),
    }


def figures_of(line: Values) -> Values:
    """The same figures of a line."""
    names = (
        "store", "area", "counted", "due", "person_seconds", "counted_seconds", "gaps_by_reason",
        "zone_person_seconds", "histogram", "foot_seconds",
    )  # fmt: skip
    return {name: line[name] for name in names}


def quarter_of(text: str) -> str:
    """The start of the quarter hour of a time in a table, as a day file writes it."""
    moment = _moment(text)
    start = moment.replace(minute=moment.minute - moment.minute % 15, second=0, microsecond=0)
    return start.strftime("%Y-%m-%dT%H:%M:%SZ")


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
