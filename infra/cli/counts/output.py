"""Entries as a table, as lines, as CSV and as JSON; times are local, with their offset. Pure."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.table import Table

from infra.cli.counts.entries import CountEntry, CountStatus
from infra.cli.terminal.tables import fitting_columns, new_table
from infra.cli.terminal.texts import counted

CSV_COLUMNS = ("time", "camera_id", "store_id", "area", "status", "count", "zones", "reason")
_STYLES = {
    CountStatus.COUNTED: "",
    CountStatus.GAP: "yellow",
    CountStatus.PENDING: "dim",
    CountStatus.MISSING: "yellow",
}
_FOLDED = {"zones": 20}
"""Columns whose text may wrap, and the width beyond which it does."""


def local_time(entry: CountEntry) -> datetime:
    """The instant in the camera's time zone."""
    return entry.instant.astimezone(ZoneInfo(entry.time_zone))


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    """Rows as lines of a CSV file."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def csv_row(entry: CountEntry) -> tuple[object, ...]:
    """The cells of CSV_COLUMNS; those that do not apply are empty."""
    values = json_values(entry)
    zones = "; ".join(f"{name}={number}" for name, number in entry.zones.items())
    return tuple(zones if name == "zones" else values[name] for name in CSV_COLUMNS)


def json_values(entry: CountEntry) -> dict[str, Any]:
    """An entry for JSON."""
    return {
        "time": local_time(entry).isoformat(),
        "camera_id": entry.camera_id,
        "store_id": entry.store_id,
        "area": entry.area,
        "status": entry.status.value,
        "count": entry.count,
        "zones": dict(entry.zones),
        "reason": entry.reason.value if entry.reason else None,
    }


def counts_table(entries: Sequence[CountEntry], *, width: int) -> Table:
    """A line for each entry, with the columns that fit into `width`; zones go first."""
    rows = [_cells(entry) for entry in entries]
    names = [name for name in ("time", "camera", "count", "zones") if any(row[name] for row in rows)]
    if len({entry.camera_id for entry in entries}) == 1:
        names.remove("camera")
    widths = {name: max(map(len, [name, *(row[name] for row in rows)])) for name in names}
    widths |= {name: min(widths[name], most) for name, most in _FOLDED.items() if name in widths}
    table = new_table()
    shown = fitting_columns(widths, ("zones",), width)
    for name in shown:
        table.add_column(
            name,
            justify="right" if name == "count" else "left",
            no_wrap=name in {"time", "count"},
            overflow="fold",
        )
    for entry, row in zip(entries, rows, strict=True):
        table.add_row(*(row[name] for name in shown), style=_STYLES[entry.status])
    return table


def line(entry: CountEntry, camera_width: int) -> str:
    """An entry as a line of its own; the camera is left out if it has no width."""
    cells = _cells(entry)
    camera = [cells["camera"].ljust(camera_width)] if camera_width else []
    return "  ".join([cells["time"], *camera, cells["count"].rjust(3), cells["zones"]]).rstrip()


def summary(entries: Iterable[CountEntry]) -> str:
    """How many instants were counted, and why the others were not."""
    statuses, reasons = Counter[CountStatus](), Counter[str]()
    for entry in entries:
        statuses[entry.status] += 1
        if entry.reason:
            reasons[entry.reason.value] += 1
    parts = [f"{statuses[CountStatus.COUNTED]} counted"]
    if gaps := statuses[CountStatus.GAP]:
        why = ", ".join(f"{reason} {number}" for reason, number in reasons.most_common())
        parts.append(f"{counted(gaps, 'gap')} ({why})")
    parts += [
        f"{statuses[status]} {status}"
        for status in (CountStatus.PENDING, CountStatus.MISSING)
        if statuses[status]
    ]
    return f"{counted(statuses.total(), 'instant')}: {', '.join(parts)}."


def _cells(entry: CountEntry) -> dict[str, str]:
    number = entry.reason.value if entry.reason else entry.status.value
    return {
        "time": local_time(entry).isoformat(sep=" ", timespec="seconds"),
        "camera": entry.camera_id,
        "count": number if entry.count is None else str(entry.count),
        "zones": ", ".join(f"{name} {count}" for name, count in entry.zones.items()),
    }
