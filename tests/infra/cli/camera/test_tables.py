"""`camera list` and `camera show`."""

import csv
import io
import json
from datetime import timedelta

import pytest

from ingest.registry.camera import Source
from ingest.registry.opening_hours import parse
from ingest.registry.registered import PullCursor
from ingest.registry.sampling import Sampling
from ingest.registry.table import CameraRegistry
from ingest.times import from_text
from tests.infra.cli.camera.registered import (
    TILL,
    break_item,
    entrance,
)
from tests.infra.cli.conftest import NOW, FakeClock, Run, refused


def test_an_empty_registry_says_how_to_begin(run: Run, stack: None) -> None:
    sentence = "Stack store-occupancy has no cameras yet: see `occupancy camera add --help`.\n"
    assert run("camera", "list").stdout == sentence
    assert json.loads(run("camera", "list", "--json").stdout) == []


@pytest.fixture
def shop(registry: CameraRegistry) -> CameraRegistry:
    """Two stores and three cameras, of which one is pulled and closed."""
    berlin = Sampling(300, "Europe/Berlin", parse("mon-sat 08:00-22:00"))
    registry.add(entrance(sampling=berlin, area="front"))
    registry.lease("entrance", "me", NOW, timedelta(minutes=1))
    registry.record_cursor("entrance", "me", PullCursor(NOW - timedelta(minutes=3)))
    registry.record_closed("entrance", None, from_text("2026-11-22T12:45Z"))
    hours = parse("mon-thu 09:00-12:00 13:00-20:00; fri-sat 22:00-02:00")
    paris = Sampling(30, "Europe/Paris", hours)
    registry.add(entrance(camera_id="back-door", store_id="paris-2", source=Source.PUSH, sampling=paris))
    idle = Sampling(60, enabled=False)
    registry.add(entrance(camera_id="aisle-3", area="front", stream_name="hall", sampling=idle))
    return registry


def test_all_cameras_by_store(run: Run, shop: CameraRegistry) -> None:
    lines = run("camera", "list").stdout.splitlines()
    assert [line.rstrip() for line in lines] == [
        "camera     store     area   from      every  open                 pulled     closed",
        "──────────────────────────────────────────────────────────────────────────────────────",
        "aisle-3    berlin-1  front  kvs hall   60 s  disabled             never      -",
        "entrance             front  kvs       300 s  mon-sat 08:00-22:00  3 min ago  13:45 CET",
        "",
        "back-door  paris-2          push       30 s  mon-thu 09:00-12:00  -          -",
        "                                                     13:00-20:00",
        "                                             fri-sat 22:00-02:00",
    ]


@pytest.mark.parametrize("columns", [80, 120])
def test_the_list_fits_the_terminal(
    run: Run, shop: CameraRegistry, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = run("camera", "list").stdout.splitlines()
    assert max(map(len, lines)) <= columns
    assert any(line.startswith("back-door  paris-2") for line in lines)


@pytest.mark.parametrize(
    ("columns", "header"),
    [
        (60, "camera               store     every  pulled"),
        (40, "camera               store     every"),
        (20, "camera"),
        (10, "camera"),
    ],
)
def test_a_narrow_terminal_drops_columns_and_breaks_no_name(
    run: Run, shop: CameraRegistry, monkeypatch: pytest.MonkeyPatch, columns: int, header: str
) -> None:
    shop.add(entrance(camera_id="berlin-large-shop-1"))
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = [line.rstrip() for line in run("camera", "list").stdout.splitlines()]
    assert lines[0] == header
    assert "berlin-large-shop-1" in [line.split(" ")[0] for line in lines]


def test_in_a_pipe_no_line_is_broken(run: Run, shop: CameraRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS")
    long = "x" * 63
    shop.add(entrance(camera_id=long, stream_name="y" * 200))
    assert f"kvs {'y' * 200}" in run("camera", "list").stdout


def test_an_item_that_cannot_be_read_stops_no_other(run: Run, shop: CameraRegistry) -> None:
    break_item("entrance")
    result = run("camera", "list")
    assert result.exit_code == 0
    assert result.stderr == "Warning: camera 'entrance': its registry item has no StoreId\n"
    assert "aisle-3" in result.stdout


def test_a_camera_as_json(run: Run, shop: CameraRegistry) -> None:
    run("camera", "set", "entrance", "--every", "60", "--zone", "till=0.1,0.2,0.4,0.2,0.4,0.6")
    shown = json.loads(run("camera", "show", "entrance", "--json").stdout)
    timing = {"time_zone": "Europe/Berlin", "opening_hours": "mon-sat 08:00-22:00", "enabled": True}
    assert shown == {
        "camera_id": "entrance",
        "store_id": "berlin-1",
        "area": "front",
        "source": "kvs",
        "stream_name": "entrance",
        "mode": "fragments",
        "sample_every": 300,
        **timing,
        "zones": {"till": [list(point) for point in TILL]},
        "ignore": {},
        "min_confidence": 95,
        "original_deeplens": False,
        "since": "2026-11-22T13:05:10.000Z",
        "pending": {"from": "2026-11-22T13:15:00.000Z", "sample_every": 60, **timing},
        "previous": [],
        "looked_until": "2026-11-22T13:02:10.000Z",
        "closed_until": "2026-11-22T12:45:00.000Z",
    }
    listed = json.loads(run("camera", "list", "--json").stdout)
    assert [camera["camera_id"] for camera in listed] == ["aisle-3", "back-door", "entrance"]
    assert listed[2] == shown


def test_a_camera_shows_what_is_pending_and_what_was(
    run: Run, shop: CameraRegistry, fake_clock: FakeClock
) -> None:
    run("camera", "set", "entrance", "--every", "60")
    fake_clock.now = from_text("2026-11-22T15:20Z")
    run("camera", "set", "entrance", "--every", "30", "--disable")
    shown = dict(
        line.rstrip().split(maxsplit=1) for line in run("camera", "show", "entrance").stdout.splitlines()
    )
    assert shown["sample_every"] == "60"
    assert shown["enabled"] == "yes"
    assert shown["before"] == "until 2026-11-22 14:15 CET: sample_every 300"
    assert shown["pending"] == "from 2026-11-22 16:30 CET: sample_every 30, enabled no"
    assert shown["since"] == "2026-11-22 14:05:10 CET"
    assert shown["closed"] == "until       2026-11-22 13:45 CET (2 h ago)"


@pytest.mark.parametrize("command", ["show", "set", "remove"])
def test_an_unknown_camera(run: Run, stack: None, command: str) -> None:
    options = ["--every", "60"] if command == "set" else []
    refused(
        run("camera", command, "entrance", *options),
        "camera 'entrance' is not in the registry: see `occupancy camera list`",
    )


def test_the_list_as_a_file(run: Run, shop: CameraRegistry) -> None:
    rows = list(csv.DictReader(io.StringIO(run("camera", "list", "--csv").stdout)))
    assert [row["camera_id"] for row in rows] == ["aisle-3", "back-door", "entrance"]
    assert rows[1]["opening_hours"] == "mon-thu 09:00-12:00 13:00-20:00; fri-sat 22:00-02:00"
