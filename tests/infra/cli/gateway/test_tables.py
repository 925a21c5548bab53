"""The tables of the gateway at several widths."""

from dataclasses import asdict, replace
from io import StringIO

import pytest
from rich.console import Console
from rich.table import Table

from infra.cli.gateway.tables import findings_table, statuses_table
from ingest.gateway.check.findings import Finding
from ingest.gateway.status import CameraStatus

LIVE = CameraStatus(
    "upper-floor-till-2",
    "live",
    codec="H.265",
    width=1920,
    height=1080,
    fps=25.0,
    bits_per_second=4_100_000.0,
    gop_seconds=2.0,
    last_packet_age=0.04,
    last_ack_age=1.5,
)


def lines(table: Table, width: int) -> list[str]:
    written = StringIO()
    Console(file=written, width=width).print(table, crop=False)
    return [line.rstrip() for line in written.getvalue().splitlines()]


def statuses(*cameras: CameraStatus, width: int) -> list[str]:
    return lines(statuses_table([asdict(camera) for camera in cameras], width=width), width)


def test_a_wide_terminal_shows_all_of_a_status() -> None:
    header, _, row = statuses(LIVE, width=140)

    assert header.split() == (
        ["camera", "state", "video", "fps", "Mbit/s", "GOP", "packet", "ack", "waiting", "lost", "dropped"]
    )
    assert " ".join(row.split()) == (
        "upper-floor-till-2 live H.265 1920x1080 25.0 4.10 2.0 s 0 s 1 s 0 (0.0 MB, 0 s) 0 0"
    )


@pytest.mark.parametrize("width", [60, 80, 100])
def test_a_narrow_terminal_drops_columns_and_breaks_nothing(width: int) -> None:
    waiting = replace(LIVE, camera="x", state="failing", spool_count=12_345, spool_bytes=10**9, spool_age=8e4)
    shown = statuses(LIVE, waiting, width=width)

    assert max(map(len, shown)) <= width
    assert [line.split()[:2] for line in (shown[0], *shown[2:])] == [
        ["camera", "state"],
        ["upper-floor-till-2", "live"],
        ["x", "failing"],
    ]
    assert "12345 (1000.0 MB, 22 h)" in shown[3]
    assert "…" not in "".join(shown)


@pytest.mark.parametrize(
    "camera",
    [
        CameraStatus("till", "live", codec="JPEG", last_packet_age=1.0),
        replace(LIVE, state="stopped"),
        replace(LIVE, state="failing"),
        CameraStatus("till", "starting"),
    ],
    ids=["push", "stopped", "failing", "starting"],
)
def test_what_is_not_measured_now_is_no_zero(camera: CameraStatus) -> None:
    header, _, row = statuses(camera, width=140)

    place = [header.index(name) for name in ("fps", "Mbit/s", "GOP")]
    assert [row[at:].split("  ")[0] for at in place] == ["-", "-", "-"]


def test_findings_fit_eighty_columns() -> None:
    good = Finding(
        "upper-floor-1", None, "H.265", 1920, 1080, 25.0, 2.0, 4_100_000.0, keyframe_bits_per_second=9e5
    )
    shown = lines(findings_table([good, Finding("door", "it is broken")], 12, width=80), 80)

    assert max(map(len, shown)) <= 80
    assert shown[2].startswith("upper-floor-1  H.265 1920x1080  ")
    assert [line.split()[-1] for line in (shown[0], *shown[2:])] == ["verdict", "good", "unusable"]
    assert "…" not in "".join(shown)
