"""Cameras as tables, texts and JSON for the operator."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from rich.table import Table
from rich.text import Text

from infra.cli.camera.settings import TIMING, Difference, in_force, setting_texts
from infra.cli.terminal.tables import fitting_columns, new_grid, new_table
from ingest.durations import duration_text
from ingest.registry.camera import Camera, Source
from ingest.registry.registered import RegisteredCamera
from ingest.registry.sampling import Sampling
from ingest.times import show_time, to_text

_COLUMNS = ("camera", "store", "area", "from", "every", "open", "pulled", "closed")
_DROPPED = ("area", "from", "closed", "open", "pulled", "every", "store")
"""The columns that a narrow terminal leaves out, in this order."""
_FOLDED = {"store": 16, "area": 16, "from": 20}
"""Columns whose text may wrap, and the width beyond which it does."""


def cameras_table(cameras: Iterable[RegisteredCamera], now: datetime, *, width: int) -> Table:
    """One line for each camera, by store, with the columns that fit into `width`.

    Areas are shown if cameras share one. A camera ID is never broken, so that it can be copied.
    """
    ordered = sorted(cameras, key=lambda item: (item.camera.store_id, item.camera.camera_id))
    rows = [_cells(registered, now) for registered in ordered]
    shown = _columns(rows, width)
    table = new_table()
    for name in shown:
        justify: Literal["right", "left"] = "right" if name == "every" else "left"
        min_width = max((len(row[name]) for row in rows), default=0) if name == "camera" else None
        table.add_column(
            name, justify=justify, no_wrap=name not in _FOLDED, overflow="fold", min_width=min_width
        )
    for number, (registered, row) in enumerate(zip(ordered, rows, strict=True)):
        first = number == 0 or rows[number - 1]["store"] != row["store"]
        if first and number:
            table.add_section()
        cells = row if first else row | {"store": ""}
        style = "" if registered.camera.sampling_at(now).enabled else "dim"
        table.add_row(*(cells[name] for name in shown), style=style)
    return table


def _columns(rows: Sequence[Mapping[str, str]], width: int) -> list[str]:
    """The columns that fit into `width`."""
    widths = {
        name: min(max(map(len, "\n".join([name, *(row[name] for row in rows)]).split("\n"))), limit)
        for name in _COLUMNS
        for limit in [_FOLDED.get(name, sys.maxsize)]
    }
    if not any(row["area"] for row in rows):
        del widths["area"]
    return fitting_columns(widths, _DROPPED, width)


def camera_grid(registered: RegisteredCamera, now: datetime) -> Table:
    """Everything that the registry says about one camera."""
    camera = registered.camera
    zone = camera.sampling.time_zone
    texts = setting_texts(in_force(camera, now)) | {"since": show_time(camera.since, zone)}
    return new_grid(
        [
            ("camera", camera.camera_id),
            *((name, _lines(text)) for name, text in texts.items()),
            *(
                (label, Text(text, style="yellow" if label == "pending" else ""))
                for label, text in _changes(camera, now)
            ),
            ("pulled until", _time_and_age(registered.cursor.until, zone, now)),
            ("closed until", _time_and_age(registered.closed_until, zone, now)),
        ]
    )


def settings_grid(changes: Sequence[Difference]) -> Table:
    """The settings of a new camera."""
    return new_grid((f"  {change.name}", _lines(change.after)) for change in changes)


def differences_table(changes: Sequence[Difference], starts: str) -> Table:
    """The changed settings and when they take effect; timing changes at the quarter hour `starts`."""
    table = new_table()
    for name in ("setting", "before", "after"):
        table.add_column(name, overflow="fold")
    table.add_column("from", no_wrap=True)
    for change in changes:
        start = starts if change.name in TIMING else "now"
        table.add_row(change.name, _lines(change.before), _lines(change.after), start)
    return table


def camera_values(registered: RegisteredCamera, now: datetime) -> dict[str, Any]:
    """A camera for JSON: its settings in force and pending, and its progress; times in UTC."""
    camera = registered.camera
    pending = _pending(camera, now)
    return {
        "camera_id": camera.camera_id,
        "store_id": camera.store_id,
        "area": camera.area,
        "source": camera.source.value,
        "stream_name": camera.stream_name,
        "mode": camera.mode.value,
        **_timing_values(camera.sampling_at(now)),
        "zones": camera.zones,
        "ignore": camera.ignore,
        "min_confidence": camera.min_confidence,
        "original_deeplens": camera.original_deeplens,
        "since": to_text(camera.since),
        "pending": {"from": to_text(pending), **_timing_values(camera.sampling)} if pending else None,
        "previous": [
            {"until": to_text(change.until), **_timing_values(change.sampling)}
            for change in camera.previous
            if change.until <= now
        ],
        "looked_until": _text(registered.cursor.until),
        "closed_until": _text(registered.closed_until),
    }


def _cells(registered: RegisteredCamera, now: datetime) -> dict[str, str]:
    """The text of each column."""
    camera, sampling = registered.camera, registered.camera.sampling_at(now)
    pulled, closed = registered.cursor.until, registered.closed_until
    stream = "" if camera.stream_name in {None, camera.camera_id} else f" {camera.stream_name}"
    never = "-" if camera.source is Source.PUSH else "never"
    return {
        "camera": camera.camera_id,
        "store": camera.store_id,
        "area": "" if camera.area == camera.camera_id else camera.area,
        "from": f"{camera.source.value}{stream}",
        "every": f"{sampling.sample_every} s",
        "open": _hours_lines(sampling) if sampling.enabled else "disabled",
        "pulled": never if pulled is None else f"{duration_text(now - pulled)} ago",
        "closed": show_time(closed, sampling.time_zone, short_at=now) if closed else "-",
    }


def _hours_lines(sampling: Sampling) -> str:
    """One span on each line, behind its days."""
    lines = []
    for part in sampling.opening_hours.to_text().split("; "):
        days, *spans = part.split()
        lines += (
            [days]
            if not spans
            else [f"{days} {spans[0]}", *(" " * len(days) + f" {span}" for span in spans[1:])]
        )
    return "\n".join(lines)


def _changes(camera: Camera, now: datetime) -> list[tuple[str, str]]:
    """Previous and pending changes of its timing, oldest first, each with its label."""
    zone = camera.sampling.time_zone
    settings = [*(change.sampling for change in camera.previous), camera.sampling]
    changes = []
    for change, after in zip(camera.previous, settings[1:], strict=True):
        if change.until > now:
            text = f"from {show_time(change.until, zone)}: {_timing_text(change.sampling, after)}"
            changes.append(("pending", text))
        else:
            text = f"until {show_time(change.until, zone)}: {_timing_text(after, change.sampling)}"
            changes.append(("before", text))
    return changes


def pending_text(camera: Camera, now: datetime) -> str | None:
    """The pending change of its timing, if there is one."""
    return next((text for label, text in _changes(camera, now) if label == "pending"), None)


def _timing_text(other: Sampling, shown: Sampling) -> str:
    """The settings of `shown` that differ from `other`."""
    old, new = _timing_values(other), _timing_values(shown)
    texts = new | {"enabled": "yes" if shown.enabled else "no"}
    return ", ".join(f"{name} {texts[name]}" for name in TIMING if new[name] != old[name])


def _timing_values(sampling: Sampling) -> dict[str, Any]:
    return {
        "sample_every": sampling.sample_every,
        "time_zone": sampling.time_zone,
        "opening_hours": sampling.opening_hours.to_text(),
        "enabled": sampling.enabled,
    }


def _pending(camera: Camera, now: datetime) -> datetime | None:
    return next((change.until for change in camera.previous if change.until > now), None)


def _lines(text: str | None) -> str:
    """A list of spans or zones, one on each line."""
    return text.replace("; ", "\n") if text else "-"


def _time_and_age(time: datetime | None, zone: str, now: datetime) -> str:
    return f"{show_time(time, zone)} ({duration_text(now - time)} ago)" if time else "-"


def _text(time: datetime | None) -> str | None:
    return to_text(time) if time else None


def import_table(cameras: Iterable[tuple[str, str, Sequence[Difference]]]) -> Table:
    """The changes of an import: camera, action, and each setting that differs."""
    table = new_table()
    table.add_column("camera", overflow="fold", min_width=8)
    table.add_column("", no_wrap=True)
    for name in ("setting", "before", "after"):
        table.add_column(name, overflow="fold")
    for camera_id, action, changes in cameras:
        style = "green" if action == "add" else "yellow"
        for number, change in enumerate(changes):
            first = (Text(camera_id), Text(action, style=style)) if number == 0 else ("", "")
            table.add_row(*first, change.name, _lines(change.before), _lines(change.after))
        table.add_section()
    return table
