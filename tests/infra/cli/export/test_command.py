"""`occupancy export` on a registry with rows, and on a history with files."""

import csv
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from counter.history.files import pack, quarters_file
from counter.history.keys import quarters_key
from counter.rows.new_rows import gap_row
from counter.rows.table import OccupancyTable
from counter.stores.marks import MarkTable
from counter.stores.store import Store
from counter.stores.table import StoreTable
from infra.cli.aws.stack import find_stack_resources
from infra.cli.counts.span import CountSpan
from infra.cli.export.records import PART, LocalZones, RowSource, row_records
from ingest.frames.messages import GapReason
from ingest.registry.camera import Camera
from ingest.registry.sampling import Sampling
from ingest.registry.table import CameraRegistry
from ingest.times import from_text
from tests.counter.history.sample_lines import line, quarter
from tests.infra.cli.conftest import Run, refused
from tests.infra.cli.stack_stub import TEMPLATE, deploy

ONE = from_text("2026-11-22T12:00:00Z")
"""One o'clock in Berlin, 65 minutes ago."""
BUCKET = "history-of-the-shop"
BERLIN = Sampling(300, "Europe/Berlin")
TEMPLATE_WITH_HISTORY: dict[str, Any] = {
    **TEMPLATE,
    "Outputs": {
        **TEMPLATE["Outputs"],
        "HistoryBucketName": {"Value": BUCKET},
        "StoreTableName": {"Value": {"Ref": "StoreTable"}},
    },
}


class ExportedShop:
    """A stack with two cameras of the store north, and one of south; rows of two hours."""

    def __init__(self) -> None:
        resources = find_stack_resources(boto3.client("cloudformation"), "store-occupancy")
        dynamodb = boto3.client("dynamodb")
        self.registry = CameraRegistry(dynamodb, resources.camera_table)
        self.table = OccupancyTable(dynamodb, resources.occupancy_table, resources.quarter_hour_table)
        outputs = boto3.client("cloudformation").describe_stacks()["Stacks"][0]["Outputs"]
        (name,) = (it["OutputValue"] for it in outputs if it["OutputKey"] == "StoreTableName")
        self.stores = StoreTable(dynamodb, name)
        self.marks = MarkTable(dynamodb, name)
        self.s3 = boto3.client("s3")
        self.s3.create_bucket(Bucket=BUCKET)
        since = ONE - timedelta(days=10)
        for camera_id, store_id in (("door", "north"), ("till-1", "north"), ("gate", "south")):
            camera = Camera(camera_id, store_id, since, sampling=BERLIN)
            self.registry.add(camera)
            for minutes, count in ((0, 2), (5, None), (60, 3)):
                gap = gap_row(camera, ONE + timedelta(minutes=minutes), GapReason.NO_MEDIA, timedelta(400))
                self.table.put(gap if count is None else replace(gap, count=count, reason=None))

    def put_day(self, day: date, content: bytes, store_id: str = "north") -> None:
        self.s3.put_object(Bucket=BUCKET, Key=quarters_key(day, store_id), Body=content)


@pytest.fixture
def shop() -> Iterator[ExportedShop]:
    with mock_aws():
        deploy(template=TEMPLATE_WITH_HISTORY)
        yield ExportedShop()


def exported(run: Run, path: Path, *options: str) -> list[dict[str, str]]:
    result = run("export", str(path), *options)
    assert (result.stderr, result.exit_code) == ("", 0), result.output
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_rows_of_all_cameras_by_store_camera_and_time(run: Run, shop: ExportedShop, tmp_path: Path) -> None:
    rows = exported(run, tmp_path / "rows.csv", "--from", "2026-11-22T13:00")
    assert [(row["store"], row["camera"], row["local_time"][11:16], row["count"]) for row in rows] == [
        (store, camera, time, count)
        for store, camera in (("north", "door"), ("north", "till-1"), ("south", "gate"))
        for time, count in (("13:00", "2"), ("13:05", ""), ("14:00", "3"))
    ]
    assert rows[1]["reason"] == "no_media"
    assert rows[0]["time"] == "2026-11-22T12:00:00.000Z"
    assert [path.name for path in tmp_path.iterdir()] == ["rows.csv"]


def test_a_store_a_camera_and_a_span(run: Run, shop: ExportedShop, tmp_path: Path) -> None:
    span = ("--from", "2026-11-22T12:00Z", "--to", "2026-11-22T13:00Z")
    rows = exported(run, tmp_path / "a.csv", *span, "--store", "north")
    assert [row["camera"] for row in rows] == ["door", "door", "till-1", "till-1"]
    rows = exported(run, tmp_path / "b.csv", *span, "--camera", "gate")
    assert [(row["camera"], row["time"][11:16]) for row in rows] == [("gate", "12:00"), ("gate", "12:05")]


def test_local_times_are_those_of_the_store_on_that_day(run: Run, shop: ExportedShop, tmp_path: Path) -> None:
    """The store moved to the zone of Tokyo after the rows."""
    store = Store("north", "Europe/Berlin").with_time_zone("Asia/Tokyo", ONE)
    shop.stores.add(store)
    (row, *_) = exported(run, tmp_path / "rows.csv", "--from", "2026-11-22T12:00Z", "--camera", "door")
    assert row["local_time"] == "2026-11-22T13:00:00.000+01:00"


def test_json_lines(run: Run, shop: ExportedShop, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    result = run("export", str(path), "--from", "2026-11-22T12:00Z", "--format", "jsonl", "--camera", "door")
    assert result.stdout == f"{path} has 3 rows.\n"
    assert [json.loads(text)["count"] for text in path.read_text().splitlines()] == [2, None, 3]


def test_quarter_hours_come_from_files_and_of_the_open_day_from_roll_ups(
    run: Run, shop: ExportedShop, tmp_path: Path
) -> None:
    shop.stores.add(Store("north", "Europe/Berlin", next_day=date(2026, 11, 22)))
    lines = [line(minutes=-24 * 60 + 15 * number) for number in range(3)]
    shop.put_day(date(2026, 11, 21), pack(quarters_file(lines)))
    shop.table.put_quarter(quarter(-120))
    options = ("--what", "quarters", "--store", "north")
    rows = exported(run, tmp_path / "quarters.csv", *options, "--from", "2026-11-21T15:15")
    assert [(row["start"], row["local_start"], row["camera"]) for row in rows] == [
        ("2026-11-21T14:15:00.000Z", "2026-11-21T15:15:00+01:00", "till-1"),
        ("2026-11-21T14:30:00.000Z", "2026-11-21T15:30:00+01:00", "till-1"),
        ("2026-11-22T12:00:00.000Z", "2026-11-22T13:00:00+01:00", "till-1"),
    ]
    assert rows[0]["histogram"] == '{"0":1,"2":2}'
    assert (rows[0]["person_seconds"], rows[0]["coverage"]) == ("1200", "1.0")
    assert (
        exported(run, tmp_path / "door.csv", *options, "--from", "2026-11-21T15:15", "--camera", "door") == []
    )


def test_days_without_a_file_are_said(run: Run, shop: ExportedShop, tmp_path: Path) -> None:
    shop.stores.add(Store("north", "Europe/Berlin", next_day=date(2026, 11, 22)))
    path = tmp_path / "quarters.csv"
    options = ("--what", "quarters", "--store", "north", "--from", "2026-11-21T00:00")
    result = run("export", str(path), *options)
    assert result.exit_code == 0
    assert result.stderr == (
        "Warning: the history has no file yet of north 2026-11-21: these days are left out\n"
    )


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"no gzip", "it is not gzip"), (pack(b'{"camera":"till-1"}\n'), "a line lacks fields")],
)
def test_a_damaged_file_is_named_and_no_file_is_left(
    run: Run, shop: ExportedShop, tmp_path: Path, content: bytes, why: str
) -> None:
    shop.stores.add(Store("north", "Europe/Berlin", next_day=date(2026, 11, 22)))
    shop.put_day(date(2026, 11, 21), content)
    result = run(
        "export",
        str(tmp_path / "q.csv"),
        "--what",
        "quarters",
        "--from",
        "2026-11-21T00:00",
        "--store",
        "north",
    )
    assert (result.stdout, result.exit_code) == ("", 1)
    assert quarters_key(date(2026, 11, 21), "north") in result.stderr
    assert why in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_exists_is_replaced_only_if_asked(run: Run, shop: ExportedShop, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("mine")
    options = ("--from", "2026-11-22T12:00Z")
    refused(run("export", str(path), *options), f"{path} exists: name another file, or add --overwrite")
    assert path.read_text() == "mine"
    assert len(exported(run, path, *options, "--overwrite")) == 9


def test_wrong_spans_and_names(run: Run, shop: ExportedShop, tmp_path: Path) -> None:
    path = str(tmp_path / "rows.csv")
    future = run("export", path, "--from", "2026-12-22T12:00Z")
    assert "the span begins in the future" in future.stderr
    reversed_span = run("export", path, "--from", "2026-11-22T12:00Z", "--to", "2026-11-22T11:00Z")
    assert "is not before --to" in reversed_span.stderr
    options = ("--from", "2026-11-22")
    store = run("export", path, *options, "--store", "sud")
    refused(store, "store 'sud' is not in the registry: see `occupancy camera list`")
    for more in ((), ("--store", "north")):
        camera = run("export", path, *options, "--camera", "dor", *more)
        refused(camera, "camera 'dor' is not in the registry: did you mean door?")
    assert list(tmp_path.iterdir()) == []


def test_a_failure_of_aws_leaves_no_file(
    run: Run, shop: ExportedShop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> Iterator[object]:
        yield from ()
        raise ConnectionResetError(104, "Connection reset by peer")

    monkeypatch.setattr(OccupancyTable, "each_row", broken)
    with pytest.raises(ConnectionResetError):
        run("export", str(tmp_path / "rows.csv"), "--from", "2026-11-22T12:00Z")
    assert list(tmp_path.iterdir()) == []


def test_a_camera_that_was_removed_has_its_quarter_hours(
    run: Run, shop: ExportedShop, tmp_path: Path
) -> None:
    shop.stores.add(Store("north", "Europe/Berlin", next_day=date(2026, 11, 22)))
    shop.put_day(date(2026, 11, 21), pack(quarters_file([line(minutes=-24 * 60, camera="gone")])))
    options = ("--what", "quarters", "--store", "north", "--camera", "gone", "--from", "2026-11-21T00:00")
    (row,) = exported(run, tmp_path / "quarters.csv", *options)
    assert (row["camera"], row["local_start"]) == ("gone", "2026-11-21T15:00:00+01:00")


def test_rows_are_read_as_they_are_written(shop: ExportedShop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A part is handed on before more rows are read than it has: the memory does not grow with the span."""
    camera = shop.registry.get("door").camera
    (row, *_) = shop.table.rows("door", ONE, ONE + timedelta(hours=1))
    read = []

    def many(*_: object) -> Iterator[object]:
        for number in range(3 * PART):
            read.append(number)
            yield row

    monkeypatch.setattr(shop.table, "each_row", many)
    source = RowSource(shop.table, LocalZones({}), [camera], None)
    parts = row_records(source, CountSpan(ONE, ONE + timedelta(hours=1)), lambda: None)
    assert len(next(parts)) == PART
    assert len(read) == PART
    assert [len(part) for part in parts] == [PART, PART]


@pytest.fixture
def two_days(shop: ExportedShop) -> ExportedShop:
    """Two closed days of the store north: the first is whole, the second lacks instants."""
    shop.stores.add(Store("north", "Europe/Berlin", next_day=date(2026, 11, 22)))
    for day, lost in ((date(2026, 11, 20), 0), (date(2026, 11, 21), 1)):
        back = (date(2026, 11, 22) - day).days * 24 * 60
        gaps = {GapReason.NO_MEDIA: lost} if lost else {}
        lines = [line(15 * n - back, gaps=gaps, counted=3 - lost) for n in range(8)]
        shop.put_day(day, pack(quarters_file(lines)))
    return shop


@pytest.mark.parametrize(("by", "number"), [("day", 2), ("hour", 4), ("quarter", 16), ("week", 1)])
def test_series_have_the_figures_of_the_report(
    run: Run, two_days: ExportedShop, tmp_path: Path, by: str, number: int
) -> None:
    options = ("--what", "series", "--by", by, "--store", "north", "--from", "2026-11-20T00:00")
    rows = exported(run, tmp_path / "series.csv", *options, "--to", "2026-11-22T00:00")
    of_store = [row for row in rows if row["kind"] == "store"]
    assert len(of_store) == number
    assert {row["kind"] for row in rows} == {"store", "area"}
    if by != "week":
        days = ("--from", "2026-11-20", "--to", "2026-11-21")
        report = json.loads(run("report", "--store", "north", *days, "--by", by, "--json").stdout)
        for row, expected in zip(of_store, report["rows"], strict=True):
            mean, text = expected["figures"]["mean"], row["mean"]
            assert (row["mean_status"], float(text) if text else None) == (mean["status"], mean["value"])
            assert row["local_start"] == expected["start"]
            assert int(row["due"]) == expected["instants"]["due"]
            assert json.loads(row["gaps_by_reason"]) == expected["instants"]["gaps"]
    assert of_store[0]["mean_status"] == "known" or by == "week"


def test_series_of_a_camera_and_its_zones(run: Run, two_days: ExportedShop, tmp_path: Path) -> None:
    """The zones of the lines; their roll-ups are older than the histograms of zones."""
    options = ("--what", "series", "--by", "day", "--camera", "till-1", "--from", "2026-11-20T00:00")
    rows = exported(run, tmp_path / "series.csv", *options, "--to", "2026-11-21T00:00")
    # 1,200 person-seconds in each 900 s, 300 of them in the zone shelf; 8 quarter hours.
    shown = ("kind", "subject", "camera", "mean", "person_minutes")
    assert [tuple(row[name] for name in shown) for row in rows] == [
        ("camera", "till-1", "", "1.3333", "160.0"),
        ("zone", "entry", "till-1", "0.0", "0.0"),
        ("zone", "shelf", "till-1", "0.3333", "40.0"),
    ]
    assert [row["median_status"] for row in rows] == ["known", "unknown", "unknown"]
    assert [row["share"] for row in rows] == ["0.6667", "", ""]


@pytest.mark.parametrize("what", [("quarters",), ("series", "--by", "day"), ("series", "--by", "hour")])
def test_days_with_late_counts_are_said(
    run: Run, two_days: ExportedShop, tmp_path: Path, what: tuple[str, ...]
) -> None:
    """Not the open day, which is read from the roll-ups, nor those outside the span or of other cameras."""
    late = [from_text(f"2026-11-{day}T14:00:00Z") for day in (20, 21, 22)]
    two_days.marks.mark("north", "till-1", late)
    two_days.marks.mark("north", "gone", late[:1])
    options = ("--what", *what, "--store", "north", "--camera", "till-1", "--overwrite")
    path = tmp_path / "late.csv"
    result = run("export", str(path), *options, "--from", "2026-11-21T00:00")
    assert result.exit_code == 0
    assert result.stderr == (
        "Warning: late counts of north 2026-11-21 are not in the history yet: the next closing adds them\n"
    )
    before = run("export", str(path), *options, "--from", "2026-11-20T00:00", "--to", "2026-11-20T12:00Z")
    assert (before.exit_code, before.stderr == "") == (0, "day" not in what)
    assert "north 2026-11-21" not in before.stderr
