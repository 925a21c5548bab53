"""How a gateway's cameras are shown, and the gateway.yaml to begin with."""

from collections.abc import Iterable, Mapping, Sequence
from textwrap import indent
from typing import Any

import yaml
from rich.table import Table
from rich.text import Text

from ingest.cameras import Camera, Source
from ingest.gateway.agreement import needs_all
from ingest.gateway.checking import Finding
from ingest.gateway.fragmenting import Send

_STYLES = {"live": "green", "failing": "red", "closed": "dim", "stopped": "dim"}


def statuses_table(statuses: Iterable[Mapping[str, Any]]) -> Table:
    """One line for each camera."""
    columns = ("camera", "state", "video", "fps", "Mbit/s", "GOP", "packet", "ack", "waiting", "lost")
    table = Table(*columns, "dropped")
    for one in statuses:
        size = f" {one['width']}x{one['height']}" if one["width"] else ""
        table.add_row(
            one["camera"],
            Text(one["state"], _STYLES.get(one["state"], "")),
            f"{one['codec'].rpartition('/')[2]}{size}",
            f"{one['fps']:.1f}",
            f"{one['bits_per_second'] / 1e6:.2f}",
            f"{one['gop_seconds']:.1f} s",
            _ago(one["last_packet_age"]),
            _ago(one["last_ack_age"]),
            f"{one['spool_count']} ({one['spool_bytes'] / 1e6:.1f} MB, {_ago(one['spool_age'])})",
            str(one["lost"]),
            str(one["dropped"]),
        )
    return table


def findings_table(findings: Iterable[Finding], hours: float) -> Table:
    """One line for each camera; the costs are KVS's, for a month of so many hours a day."""
    table = Table("camera", "video", "fps", "GOP", "Mbit/s", "clock", "USD all", "USD keyframes")
    table.add_column("verdict", no_wrap=True)
    for one in findings:
        if one.problem:
            table.add_row(one.camera, *["-"] * 7, "unusable")
            continue
        size = f" {one.width}x{one.height}" if one.width else ""
        costs = [f"{one.monthly_cost(hours, keyframes=keyframes):.2f}" for keyframes in (False, True)]
        rates = (f"{one.fps:.1f}", f"{one.gop_seconds:.1f} s", f"{one.bits_per_second / 1e6:.2f}")
        shown = (*rates, str(one.clock), *costs) if one.width else ("-",) * 6
        table.add_row(one.camera, f"{one.codec}{size}", *shown, "advice" if one.advice else "good")
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
    return address | {"send": Send.ALL.value} if needs_all(camera) else address


def _address(camera: Camera) -> str:
    name = camera.camera_id.upper().replace("-", "_")
    if name[0].isdigit():
        name = f"_{name}"  # as a variable's name has to begin
    if camera.source is Source.PUSH:
        return f"http://${{{name}_USER}}:${{{name}_PASSWORD}}@192.0.2.1/snapshot.jpg"
    return f"rtsp://${{{name}_USER}}:${{{name}_PASSWORD}}@192.0.2.1/stream1"


def _ago(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.0f} h"
