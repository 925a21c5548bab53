"""Cameras as the operator sees them: tables, lines and JSON. Pure but for the console."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from infra.cli.camera.settings import TIMING, Difference, in_force, setting_texts
from infra.cli.terminal.times import show_time
from ingest.durations import duration_text
from ingest.registry.camera import Camera, Source
from ingest.registry.registered import RegisteredCamera
from ingest.registry.sampling import Sampling
from ingest.times import to_text

_COLUMNS = ("camera", "store", "area", "from", "every", "open", "looked", "closed")
_DROPPED = ("area", "from", "closed", "open", "looked", "every", "store")
"""The columns that a narrow terminal does without, first to last."""
_FOLDED = {"store": 16, "area": 16, "from": 20}
"""Columns whose texts may be broken, and from which width on."""


def cameras_table(cameras: Iterable[RegisteredCamera], now: datetime, *, width: int) -> Table:
    """One line for each camera, by store, with the columns for which `width` has room.

    Areas are shown where cameras share one. A camera's name is never broken: it is what other commands take.
    """
    ordered = sorted(cameras, key=lambda one: (one.camera.store_id, one.camera.camera_id))
    rows = [_cells(registered, now) for registered in ordered]
    shown = _columns(rows, width)
    table = _table()
    for name in shown:
        justify: Literal["right", "left"] = "right" if name == "every" else "left"
        least = max((len(row[name]) for row in rows), default=0) if name == "camera" else None
        table.add_column(name, justify=justify, no_wrap=name not in _FOLDED, overflow="fold", min_width=least)
    for number, (registered, row) in enumerate(zip(ordered, rows, strict=True)):
        first = number == 0 or rows[number - 1]["store"] != row["store"]
        if first and number:
            table.add_section()
        cells = row if first else row | {"store": ""}
        style = "" if registered.camera.sampling_at(now).enabled else "dim"
        table.add_row(*(cells[name] for name in shown), style=style)
    return table


def _columns(rows: Sequence[Mapping[str, str]], width: int) -> list[str]:
    """Those of the columns that fit side by side, two spaces between them."""
    widths = {
        name: min(max(map(len, "\n".join([name, *(row[name] for row in rows)]).split("\n"))), limit)
        for name in _COLUMNS
        for limit in [_FOLDED.get(name, sys.maxsize)]
    }
    if not any(row["area"] for row in rows):
        del widths["area"]
    for name in _DROPPED:
        if sum(widths.values()) + 2 * (len(widths) - 1) <= width:
            break
        widths.pop(name, None)
    return list(widths)


def camera_grid(registered: RegisteredCamera, now: datetime) -> Table:
    """All that the registry says of one camera."""
    camera = registered.camera
    zone = camera.sampling.time_zone
    texts = setting_texts(in_force(camera, now)) | {"since": show_time(camera.since, zone)}
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row("camera", camera.camera_id)
    for name, text in texts.items():
        grid.add_row(name, _lines(text))
    for label, text in _changes(camera, now):
        grid.add_row(label, Text(text, style="yellow" if label == "pending" else ""))
    grid.add_row("looked until", _moment(registered.cursor.until, zone, now))
    grid.add_row("closed until", _moment(registered.closed_until, zone, now))
    return grid


def settings_grid(changes: Sequence[Difference]) -> Table:
    """The settings of a new camera."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    for change in changes:
        grid.add_row(f"  {change.name}", _lines(change.after))
    return grid


def differences_table(changes: Sequence[Difference], starts: str) -> Table:
    """Setting, before, after, and from when on: timing waits for the quarter hour `starts`."""
    table = _table()
    for name in ("setting", "before", "after"):
        table.add_column(name, overflow="fold")
    table.add_column("from", no_wrap=True)
    for change in changes:
        start = starts if change.name in TIMING else "now"
        table.add_row(change.name, _lines(change.before), _lines(change.after), start)
    return table


def camera_values(registered: RegisteredCamera, now: datetime) -> dict[str, Any]:
    """A camera for JSON: settings in force and pending, and how far the hops have come; times in UTC."""
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
    """Column -> text."""
    camera, sampling = registered.camera, registered.camera.sampling_at(now)
    look, closed = registered.cursor.until, registered.closed_until
    stream = "" if camera.stream_name in {None, camera.camera_id} else f" {camera.stream_name}"
    never = "-" if camera.source is Source.PUSH else "never"
    return {
        "camera": camera.camera_id,
        "store": camera.store_id,
        "area": "" if camera.area == camera.camera_id else camera.area,
        "from": f"{camera.source.value}{stream}",
        "every": f"{sampling.sample_every} s",
        "open": _hours_lines(sampling) if sampling.enabled else "disabled",
        "looked": never if look is None else f"{duration_text(now - look)} ago",
        "closed": show_time(closed, sampling.time_zone, short_at=now) if closed else "-",
    }


def _table() -> Table:
    return Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, collapse_padding=True, header_style="bold")


def _hours_lines(sampling: Sampling) -> str:
    """One span to a line, each behind its days."""
    lines = []
    for part in sampling.opening_hours.to_text().split("; "):
        days, *spans = part.split()
        lines += (
            [days]
            if not spans
            else [f"{days} {spans[0]}", *(" " * len(days) + f" {one}" for one in spans[1:])]
        )
    return "\n".join(lines)


def _changes(camera: Camera, now: datetime) -> list[tuple[str, str]]:
    """The history of its timing, oldest first, and what is pending: label and sentence."""
    zone = camera.sampling.time_zone
    settings = [*(change.sampling for change in camera.previous), camera.sampling]
    changes = []
    for change, after in zip(camera.previous, settings[1:], strict=True):
        if change.until > now:
            text = f"from {show_time(change.until, zone)} on: {_timing_text(change.sampling, after)}"
            changes.append(("pending", text))
        else:
            text = f"until {show_time(change.until, zone)}: {_timing_text(after, change.sampling)}"
            changes.append(("before", text))
    return changes


def pending_text(camera: Camera, now: datetime) -> str | None:
    """What is to change in its timing, and when."""
    return next((text for label, text in _changes(camera, now) if label == "pending"), None)


def _timing_text(other: Sampling, shown: Sampling) -> str:
    """What `shown` says differently from `other`."""
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
    """A list of spans or zones, one to a line."""
    return text.replace("; ", "\n") if text else "-"


def _moment(time: datetime | None, zone: str, now: datetime) -> str:
    return f"{show_time(time, zone)} ({duration_text(now - time)} ago)" if time else "-"


def _text(time: datetime | None) -> str | None:
    return to_text(time) if time else None


def import_table(cameras: Iterable[tuple[str, str, Sequence[Difference]]]) -> Table:
    """What a file changes: camera, what becomes of it, and each setting that differs."""
    table = _table()
    table.add_column("camera", overflow="fold", min_width=8)
    table.add_column("", no_wrap=True)
    for name in ("setting", "before", "after"):
        table.add_column(name, overflow="fold")
    for camera_id, kind, changes in cameras:
        style = "green" if kind == "add" else "yellow"
        for number, change in enumerate(changes):
            first = (Text(camera_id), Text(kind, style=style)) if number == 0 else ("", "")
            table.add_row(*first, change.name, _lines(change.before), _lines(change.after))
        table.add_section()
    return table
