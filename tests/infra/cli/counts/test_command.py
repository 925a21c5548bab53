import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import boto3
import pytest
from click.testing import CliRunner, Result

from counter.rows.new_rows import gap_row
from counter.rows.occupancy import Row
from counter.rows.table import OccupancyTable
from infra.cli.aws.deployment import Clock
from infra.cli.aws.stack import find_stack_resources
from infra.cli.main import occupancy
from ingest.frames.messages import GapReason
from ingest.registry.camera import Camera
from ingest.registry.sampling import Sampling
from ingest.registry.table import CameraRegistry
from ingest.times import from_text
from tests.aws_errors import FAILURES, fail_calls
from tests.infra.cli.conftest import NOW, FakeClock, Run, refused

TWO = from_text("2026-11-22T13:00:00Z")
"""Two o'clock in Berlin."""


def camera(camera_id: str, store_id: str = "north", **values: object) -> Camera:
    settings: dict[str, object] = {
        "since": TWO - timedelta(days=40),
        "sampling": Sampling(300, "Europe/Berlin"),
    }
    return Camera(camera_id, store_id, **settings | values)  # type: ignore[arg-type] # the values of each case


def row(minutes: float, count: int | None = None, camera_id: str = "till", **zones: int) -> Row:
    gap = gap_row(camera(camera_id), TWO + timedelta(minutes=minutes), GapReason.NO_MEDIA, timedelta(400))
    return gap if count is None else replace(gap, count=count, reason=None, zones=zones)


@pytest.fixture
def table(registry: CameraRegistry) -> OccupancyTable:
    found = find_stack_resources(boto3.client("cloudformation"), "store-occupancy")
    return OccupancyTable(boto3.client("dynamodb"), found.occupancy_table, found.quarter_hour_table)


@pytest.fixture(autouse=True)
def till(registry: CameraRegistry, table: OccupancyTable) -> None:
    """A camera with a count and a gap; its last instant is pending."""
    registry.add(camera("till"))
    registry.record_closed("till", None, TWO)
    table.put(row(-5, 3, door=1))
    table.put(row(0))


def test_rows_gaps_and_pending_instants(run: Run) -> None:
    result = run("counts", "till", "--from", "2026-11-22T13:55")
    assert result.stdout == (
        "time                          count  zones\n"
        "───────────────────────────────────────────\n"
        "2026-11-22 13:55:00+01:00         3  door 1\n"
        "2026-11-22 14:00:00+01:00  no_media\n"
        "2026-11-22 14:05:00+01:00   pending\n"
        "\n"
        "3 instants: 1 counted, 1 gap (no_media 1), 1 pending.\n"
    )
    assert (result.stderr, result.exit_code) == ("", 0)


def test_the_last_hour_without_options(run: Run) -> None:
    values = json.loads(run("counts", "till", "--json").stdout)
    assert (values[0]["time"], values[-1]["time"], len(values)) == (
        "2026-11-22T13:10:00+01:00",
        "2026-11-22T14:05:00+01:00",
        12,
    )


def test_a_store_by_instant_and_camera(run: Run, registry: CameraRegistry, table: OccupancyTable) -> None:
    registry.add(camera("aisle"))
    registry.add(camera("door", store_id="south"))
    table.put(row(0, 2, "aisle"))
    out = run("counts", "--store", "north", "--from", "2026-11-22T14:00", "--csv").stdout
    cells = [found.values() for found in csv.DictReader(io.StringIO(out))]
    assert [(time[11:16], name, status, number) for time, name, _, _, status, number, *_ in cells] == [
        ("14:00", "aisle", "counted", "2"),
        ("14:00", "till", "gap", ""),
        ("14:05", "aisle", "pending", ""),
        ("14:05", "till", "pending", ""),
    ]
    text = run("counts", "--store", "north", "--from", "2026-11-22T14:00").stdout
    assert "  aisle   " in text


def test_what_the_registry_does_not_remember_is_not_missing(run: Run, table: OccupancyTable) -> None:
    table.put(row(-60 * 24 * 38, 7))
    out = run("counts", "till", "--from", "2026-10-14", "--to", "2026-10-16", "--json").stdout
    assert [(found["time"], found["count"]) for found in json.loads(out)] == [
        ("2026-10-15T15:00:00+02:00", 7)
    ]


def test_json_without_rows_is_an_empty_array(run: Run) -> None:
    assert run("counts", "till", "--from", "2020-01-01", "--to", "2020-01-02", "--json").stdout == "[]\n"


def test_a_span_without_instants(run: Run) -> None:
    result = run("counts", "till", "--from", "2020-01-01", "--to", "2020-01-02")
    assert result.stdout == (
        "Nothing was due in that span, and there are no rows: see `occupancy camera show CAMERA`.\n"
    )


def test_a_long_read_shows_its_progress_on_stderr_only(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # Rich then takes stderr for a terminal
    long = run("counts", "till", "--from", "2026-11-10", "--csv")
    assert "reading rows" in long.stderr
    assert long.stdout.splitlines()[0] == "time,camera_id,store_id,area,status,count,zones,reason"
    assert "reading rows" not in long.stdout
    assert run("counts", "till", "--csv").stderr == ""


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "give either a camera or --store: `occupancy camera list` shows both"),
        (
            ("till", "--store", "north"),
            "give either a camera or --store: `occupancy camera list` shows both",
        ),
        (("x",), "camera 'x' is not in the registry: see `occupancy camera list`"),
        (("--store", "x"), "store 'x' has no camera in the registry: see `occupancy camera list`"),
        (("--store", ""), "--store is empty: give a value or leave the option out"),
        (("till", "--csv", "--json"), "--json, --csv and --watch exclude each other: give one of them"),
        (("till", "--csv", "--watch"), "--json, --csv and --watch exclude each other: give one of them"),
        (("till", "--watch", "--to", "2026-11-22T14:00"), "--watch has no end: leave --to out"),
        (
            ("till", "--from", "now"),
            "time 'now' cannot be read: write it as 2026-11-22T14:05, or with a zone as 2026-11-22T13:05Z",
        ),
    ],
)
def test_mistakes_are_one_sentence(run: Run, arguments: tuple[str, ...], sentence: str) -> None:
    refused(run("counts", *arguments), sentence)


def watched(fake_clock: FakeClock, *steps: Callable[[], object]) -> Result:
    """Watch the camera from two o'clock on; each wait runs a step, and Ctrl-C follows the last one."""
    left = list(steps)

    def sleep(seconds: float) -> None:
        assert seconds == 10
        if not left:
            raise KeyboardInterrupt
        left.pop(0)()
        fake_clock.now += timedelta(seconds=seconds)

    clock = Clock(lambda: fake_clock.now, sleep)
    return CliRunner().invoke(
        occupancy, ["counts", "till", "--watch", "--from", "2026-11-22T14:00"], obj=clock
    )


def test_watch_shows_new_rows_and_gaps_that_become_counted_until_ctrl_c(
    table: OccupancyTable, fake_clock: FakeClock
) -> None:
    result = watched(
        fake_clock,
        lambda: table.put(row(5, 12, till=4)),
        lambda: None,
        lambda: table.put(row(0, 2)),
    )
    assert result.stdout.splitlines() == [
        "2026-11-22 14:00:00+01:00  no_media",
        "2026-11-22 14:05:00+01:00   12  till 4",
        "2026-11-22 14:00:00+01:00    2",
    ]
    assert result.exit_code == 0


def test_watch_waits_while_aws_is_away(table: OccupancyTable, fake_clock: FakeClock) -> None:
    with pytest.MonkeyPatch.context() as patch:
        result = watched(
            fake_clock,
            lambda: fail_calls(patch, ("dynamodb",), FAILURES["HTTPClientError"]),
            lambda: None,
            patch.undo,
            lambda: table.put(row(5, 1)),
        )
    assert result.stdout.splitlines()[-1] == "2026-11-22 14:05:00+01:00    1"
    assert result.stderr.count("this is tried again every 10 s") == 1
    assert result.exit_code == 0


def test_watch_forgets_what_it_does_not_read_any_more(table: OccupancyTable, fake_clock: FakeClock) -> None:
    def hours_later() -> None:
        fake_clock.now = NOW + timedelta(hours=2)

    result = watched(fake_clock, hours_later, lambda: None, lambda: table.put(row(120, 5)))
    assert result.stdout.splitlines() == [
        "2026-11-22 14:00:00+01:00  no_media",
        "2026-11-22 16:00:00+01:00    5",
    ]
