"""Tables of a gateway's cameras, and the gateway.yaml that `init` writes."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from textwrap import indent
from typing import Any

import yaml
from rich.table import Table
from rich.text import Text

from infra.cli.terminal.tables import fitting_columns, new_table
from ingest.durations import duration_text
from ingest.gateway.check.findings import Finding
from ingest.gateway.config.registry_check import needs_all_frames
from ingest.gateway.config.sending import Send
from ingest.registry.camera import Camera, Source

_STYLES = {"live": "green", "failing": "red", "closed": "dim", "disabled": "dim", "stopped": "dim"}
_DROPPED = ("GOP", "fps", "clock", "packet", "lost", "Mbit/s", "USD all", "dropped", "video", "ack")
"""The columns that a narrow terminal leaves out, in this order."""


def statuses_table(statuses: Iterable[Mapping[str, Any]], *, width: int) -> Table:
    """One line for each camera, with the columns that fit into `width`."""
    columns = ("camera", "state", "video", "fps", "Mbit/s", "GOP", "packet", "ack", "waiting", "lost")
    return _table((*columns, "dropped"), [_status_cells(status) for status in statuses], width)


def _status_cells(status: Mapping[str, Any]) -> tuple[str, ...]:
    size = f" {status['width']}x{status['height']}" if status["width"] else ""
    measured = status["state"] == "live"  # older measurements do not describe the current state
    rates = (
        f"{status['fps']:.1f}" if measured and status["fps"] else "-",
        f"{status['bits_per_second'] / 1e6:.2f}" if measured and status["bits_per_second"] else "-",
        f"{status['gop_seconds']:.1f} s" if measured and status["gop_seconds"] else "-",
    )
    return (
        status["camera"],
        status["state"],
        f"{status['codec']}{size}" or "-",
        *rates,
        _ago(status["last_packet_age"]),
        _ago(status["last_ack_age"]),
        f"{status['spool_count']} ({status['spool_bytes'] / 1e6:.1f} MB, {_ago(status['spool_age'])})",
        str(status["lost"]),
        str(status["dropped"]),
    )


def findings_table(findings: Iterable[Finding], hours: float, *, width: int) -> Table:
    """One line for each camera, with the columns that fit into `width`.

    The costs are those of KVS for a month with `hours` of video a day.
    """
    columns = ("camera", "video", "fps", "GOP", "Mbit/s", "clock", "USD all", "USD keyframes", "verdict")
    return _table(columns, [_finding_cells(finding, hours) for finding in findings], width)


def _finding_cells(finding: Finding, hours: float) -> tuple[str, ...]:
    if finding.problem:
        return (finding.camera, *["-"] * 7, "unusable")
    size = f" {finding.width}x{finding.height}" if finding.width else ""
    costs = [f"{finding.monthly_cost(hours, send):.2f}" for send in (Send.ALL, Send.KEYFRAMES)]
    gop = f"{'> ' if finding.gop_is_longer else ''}{finding.gop_seconds:.1f} s"
    rates = (f"{finding.fps:.1f}", gop, f"{finding.bits_per_second / 1e6:.2f}")
    shown = (*rates, str(finding.clock), *costs) if finding.width else ("-",) * 6
    return (finding.camera, f"{finding.codec}{size}", *shown, "advice" if finding.advice else "good")


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> Table:
    """A table of the columns that fit into `width`; their texts are not broken."""
    widths = {column[0]: max(map(len, column)) for column in zip(columns, *rows, strict=True)}
    shown = fitting_columns(widths, _DROPPED, width)
    table = new_table()
    for name in shown:
        table.add_column(name, no_wrap=True, overflow="fold", min_width=widths[name])
    for row in rows:
        cells = dict(zip(columns, row, strict=True))
        styles = {"state": _STYLES.get(cells.get("state", ""), "")}
        table.add_row(*(Text(cells[name], styles.get(name, "")) for name in shown))
    return table


def skeleton(store: str, cameras: Sequence[Camera], table: str, bucket: str, region: str) -> str:
    """A gateway.yaml with placeholders for the addresses; names that YAML would misread are in quotes."""
    names = {"store": store, "registry_table": table, "frame_bucket": bucket, "region": region}
    head = (
        "# How each camera of the shop is reached. The registry says what is counted, and when.\n"
        "# Keep secrets outside: ${NAME} (environment), ${file:/path}, ${secretsmanager:id}.\n"
        f"{yaml.safe_dump(names, sort_keys=False)}"
        "send: keyframes # or all; counting needs only keyframes, except in mode images\n"
        "spool:\n"
        "  directory: /var/lib/occupancy-gateway\n"
        "  max_gb: 10\n"
        "  max_age_hours: 24\n"
        "cameras:\n"
    )
    sources = (yaml.safe_dump({camera.camera_id: _settings(camera)}, sort_keys=False) for camera in cameras)
    return head + "".join(indent(text, "  ") for text in sources)


def _settings(camera: Camera) -> dict[str, str]:
    address = {"url": _address(camera)}
    return address | {"send": Send.ALL.value} if needs_all_frames(camera) else address


def _address(camera: Camera) -> str:
    name = camera.camera_id.upper().replace("-", "_")
    if name[0].isdigit():
        name = f"_{name}"  # the name of a variable cannot begin with a digit
    if camera.source is Source.PUSH:
        return f"http://${{{name}_USER}}:${{{name}_PASSWORD}}@192.0.2.1/snapshot.jpg"
    return f"rtsp://${{{name}_USER}}:${{{name}_PASSWORD}}@192.0.2.1/stream1"


def _ago(seconds: float | None) -> str:
    return "-" if seconds is None else duration_text(timedelta(seconds=seconds))
