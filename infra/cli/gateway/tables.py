"""How a gateway's cameras are shown, and the gateway.yaml to begin with."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from textwrap import indent
from typing import Any

import yaml
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from ingest.durations import duration_text
from ingest.gateway.check.findings import Finding
from ingest.gateway.config.registry_check import needs_all_frames
from ingest.gateway.config.sending import Send
from ingest.registry.camera import Camera, Source

_STYLES = {"live": "green", "failing": "red", "closed": "dim", "disabled": "dim", "stopped": "dim"}
_DROPPED = ("GOP", "fps", "clock", "packet", "lost", "Mbit/s", "USD all", "dropped", "video", "ack")
"""The columns that a narrow terminal does without, first to last."""


def statuses_table(statuses: Iterable[Mapping[str, Any]], *, width: int) -> Table:
    """One line for each camera, with the columns for which `width` has room."""
    columns = ("camera", "state", "video", "fps", "Mbit/s", "GOP", "packet", "ack", "waiting", "lost")
    return _table((*columns, "dropped"), [_status_cells(one) for one in statuses], width)


def _status_cells(one: Mapping[str, Any]) -> tuple[str, ...]:
    size = f" {one['width']}x{one['height']}" if one["width"] else ""
    measured = one["state"] == "live"  # what was measured last says nothing of now
    rates = (
        f"{one['fps']:.1f}" if measured and one["fps"] else "-",
        f"{one['bits_per_second'] / 1e6:.2f}" if measured and one["bits_per_second"] else "-",
        f"{one['gop_seconds']:.1f} s" if measured and one["gop_seconds"] else "-",
    )
    return (
        one["camera"],
        one["state"],
        f"{one['codec']}{size}" or "-",
        *rates,
        _ago(one["last_packet_age"]),
        _ago(one["last_ack_age"]),
        f"{one['spool_count']} ({one['spool_bytes'] / 1e6:.1f} MB, {_ago(one['spool_age'])})",
        str(one["lost"]),
        str(one["dropped"]),
    )


def findings_table(findings: Iterable[Finding], hours: float, *, width: int) -> Table:
    """One line for each camera; the costs are KVS's, for a month of so many hours a day.

    `width` has room for some of the columns.
    """
    columns = ("camera", "video", "fps", "GOP", "Mbit/s", "clock", "USD all", "USD keyframes", "verdict")
    return _table(columns, [_finding_cells(one, hours) for one in findings], width)


def _finding_cells(one: Finding, hours: float) -> tuple[str, ...]:
    if one.problem:
        return (one.camera, *["-"] * 7, "unusable")
    size = f" {one.width}x{one.height}" if one.width else ""
    costs = [f"{one.monthly_cost(hours, send):.2f}" for send in (Send.ALL, Send.KEYFRAMES)]
    gop = f"{'> ' if one.gop_is_longer else ''}{one.gop_seconds:.1f} s"
    rates = (f"{one.fps:.1f}", gop, f"{one.bits_per_second / 1e6:.2f}")
    shown = (*rates, str(one.clock), *costs) if one.width else ("-",) * 6
    return (one.camera, f"{one.codec}{size}", *shown, "advice" if one.advice else "good")


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> Table:
    """Those of the columns that fit side by side, two spaces between them; nothing in them is broken."""
    widths = {column[0]: max(map(len, column)) for column in zip(columns, *rows, strict=True)}
    for name in _DROPPED:
        if sum(widths.values()) + 2 * (len(widths) - 1) <= width:
            break
        widths.pop(name, None)
    table = Table(
        box=SIMPLE_HEAD, pad_edge=False, show_edge=False, collapse_padding=True, header_style="bold"
    )
    for name, least in widths.items():
        table.add_column(name, no_wrap=True, overflow="fold", min_width=least)
    for row in rows:
        cells = dict(zip(columns, row, strict=True))
        styles = {"state": _STYLES.get(cells.get("state", ""), "")}
        table.add_row(*(Text(cells[name], styles.get(name, "")) for name in widths))
    return table


def skeleton(store: str, cameras: Sequence[Camera], table: str, bucket: str, region: str) -> str:
    """A gateway.yaml whose addresses are still to be given; a name that YAML reads otherwise is in quotes."""
    names = {"store": store, "registry_table": table, "frame_bucket": bucket, "region": region}
    head = (
        "# How each camera of the shop is reached; what and when it is counted is in the registry.\n"
        "# Secrets stay outside: ${NAME} of the environment, ${file:/path}, ${secretsmanager:id}.\n"
        f"{yaml.safe_dump(names, sort_keys=False)}"
        "send: keyframes # or all: counting needs the keyframes only, but in mode images\n"
        "spool:\n"
        "  directory: /var/lib/occupancy-gateway\n"
        "  max_gb: 10\n"
        "  max_age_hours: 24\n"
        "cameras:\n"
    )
    sources = (yaml.safe_dump({one.camera_id: _settings(one)}, sort_keys=False) for one in cameras)
    return head + "".join(indent(text, "  ") for text in sources)


def _settings(camera: Camera) -> dict[str, str]:
    address = {"url": _address(camera)}
    return address | {"send": Send.ALL.value} if needs_all_frames(camera) else address


def _address(camera: Camera) -> str:
    name = camera.camera_id.upper().replace("-", "_")
    if name[0].isdigit():
        name = f"_{name}"  # as a variable's name has to begin
    if camera.source is Source.PUSH:
        return f"http://${{{name}_USER}}:${{{name}_PASSWORD}}@192.0.2.1/snapshot.jpg"
    return f"rtsp://${{{name}_USER}}:${{{name}_PASSWORD}}@192.0.2.1/stream1"


def _ago(seconds: float | None) -> str:
    return "-" if seconds is None else duration_text(timedelta(seconds=seconds))
