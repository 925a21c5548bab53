"""`occupancy cost` on a registry; ../../cost/test_shares.py works its lines out by hand."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from infra.cli.aws.stack import find_stack_resources
from infra.cost.data import PRICE_LIST
from infra.cost.fleet import Fleet
from ingest.registry.camera import Camera, Source
from ingest.registry.opening_hours import parse
from ingest.registry.sampling import Sampling
from ingest.registry.table import CameraRegistry
from tests.infra.cli.conftest import NOW, Run, refused
from tests.infra.cli.stack_stub import TEMPLATE, deploy
from tests.infra.cost.by_hand import HAND_COUNTS
from tests.infra.cost.test_shares import DOOR_BY_HAND, STACK_BY_HAND, TILL_BY_HAND


@pytest.fixture
def two_cameras(registry: CameraRegistry, monkeypatch: pytest.MonkeyPatch) -> CameraRegistry:
    """The cameras of ../../cost/test_shares.py."""
    monkeypatch.setattr("infra.cli.cost.command.COUNTS", HAND_COUNTS)
    half_a_day, shop = parse("mon-sun 09:00-21:00"), parse("mon-sat 10:00-20:00")
    registry.add(Camera("door", "north", NOW, sampling=Sampling(60, opening_hours=half_a_day)))
    registry.add(Camera("till", "north", NOW, Source.PUSH, sampling=Sampling(300, opening_hours=shop)))
    return registry


def test_each_item_of_each_camera_is_that_worked_out_by_hand(run: Run, two_cameras: CameraRegistry) -> None:
    found = json.loads(run("cost", "--json").stdout)
    by_hand = {"door": DOOR_BY_HAND, "till": TILL_BY_HAND}
    assert [camera["camera_id"] for camera in found["cameras"]] == ["door", "till"]
    for camera in [*found["cameras"], {"camera_id": None, **found["without_cameras"]}]:
        units = {name: item["units"] for name, item in camera["items"].items()}
        expected = by_hand.get(camera["camera_id"], STACK_BY_HAND)
        assert units == pytest.approx(expected, abs=1e-6), camera["camera_id"]
    assert found["cameras"][0]["items"]["images"]["usd"] == pytest.approx(21.6)
    assert found["usd"] == pytest.approx(sum(item["usd"] for item in found["items"]), abs=1e-4)
    assert found["prices"] == {"date": "2026-11", "region": "us-east-1"}


def test_the_csv_has_a_line_for_each_camera_and_item(run: Run, two_cameras: CameraRegistry) -> None:
    rows = list(csv.DictReader(io.StringIO(run("cost", "--csv").stdout)))
    assert {row["camera_id"] for row in rows} == {"door", "till", ""}
    (images,) = (row for row in rows if (row["camera_id"], row["item"]) == ("door", "images"))
    assert (images["store_id"], float(images["units"]), float(images["usd"])) == ("north", 21_600, 21.6)
    assert len(rows) == 3 * len(DOOR_BY_HAND)
    whole = json.loads(run("cost", "--json").stdout)["usd"]
    assert sum(float(row["usd"]) for row in rows) == pytest.approx(whole, abs=1e-3)


def test_the_tables_name_the_date_of_the_prices_and_what_saves(run: Run, two_cameras: CameraRegistry) -> None:
    result = run("cost", "--stay", "10m")
    assert (result.stderr, result.exit_code) == ("", 0)
    lines = result.stdout.splitlines()
    assert "prices of 2026-11 in us-east-1, 20 of 22 not looked up at AWS" in result.stdout
    (door,) = (line.split() for line in lines if line.startswith("door"))
    # 2.75 + 0.09 + 0.25 of video.
    assert door[:8] == ["door", "north", "60", "s", "12", "21,600", "21.60", "3.09"]
    assert any(line.startswith("the gateway sends keyframes only") for line in lines)
    (slow,) = (line.split() for line in lines if line.startswith("300 s"))
    assert slow[-2:] == ["x", "1.04"]
    assert "at a mean stay of 10 min" in result.stdout
    assert max(map(len, lines[2:6])) <= 100


def test_without_a_stay_the_certainty_is_not_guessed(run: Run, two_cameras: CameraRegistry) -> None:
    assert "Give --stay, the mean stay of the visitors" in run("cost").stdout
    found = json.loads(run("cost", "--json").stdout)
    assert found["intervals"][0]["variance_factor"] is None


def test_what_the_registry_does_not_say_is_an_option(run: Run, two_cameras: CameraRegistry) -> None:
    options = ("--bit-rate", "4", "--send", "keyframes", "--retention", "48", "--always-sent")
    found = json.loads(run("cost", *options, "--json").stdout)
    door = found["cameras"][0]["items"]
    # 0.5 MB/s x 86,400 s x 30 x 0.16, and two days of it are kept.
    assert door["kvs_in"]["units"] == pytest.approx(0.5e-3 * 86_400 * 30 * 0.16)
    assert door["kvs_stored"]["units"] == pytest.approx(0.5e-3 * 86_400 * 2 * 0.16)
    assert found["assumed"]["send"] == "keyframes"


def test_the_parameters_of_the_stack_count(run: Run) -> None:
    with mock_aws():
        deploy(template=with_parameters({"RowRetentionDays": 40, "LogRetentionDays": 60}))
        tables = find_stack_resources(boto3.client("cloudformation"), "store-occupancy")
        registry = CameraRegistry(boto3.client("dynamodb"), tables.camera_table)
        registry.add(Camera("till", "north", NOW, Source.PUSH))
        found = json.loads(run("cost", "--json").stdout)
    assert (found["assumed"]["row_days"], found["assumed"]["log_days"]) == (40, 60)
    items = {item["item"]: item["units"] for item in found["items"]}
    assert items["logs_stored"] == pytest.approx(2 * items["logs_in"], abs=1e-5)


def with_parameters(defaults: dict[str, int]) -> dict[str, Any]:
    parameters = {name: {"Type": "Number", "Default": default} for name, default in defaults.items()}
    return {**TEMPLATE, "Parameters": parameters}


def test_prices_of_a_file(run: Run, two_cameras: CameraRegistry, tmp_path: Path) -> None:
    path = tmp_path / "prices.toml"
    path.write_text(run("cost", "--print-prices").stdout.replace("0.0085", "0.02"), encoding="utf-8")
    found = json.loads(run("cost", "--prices", str(path), "--json").stdout)
    assert found["cameras"][0]["items"]["kvs_in"]["usd"] == pytest.approx(324 * 0.02)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            PRICE_LIST.replace("[traces]", "[trace]"),
            "the price 'traces' is missing: add a table",
        ),
        ("date = ", "the price list is not TOML"),
        ("", "the price list has no date"),
    ],
)
def test_a_list_without_a_price_is_refused(
    run: Run, two_cameras: CameraRegistry, tmp_path: Path, text: str, sentence: str
) -> None:
    path = tmp_path / "prices.toml"
    path.write_text(text, encoding="utf-8")
    result = run("cost", "--prices", str(path))
    assert (result.stdout, result.exit_code) == ("", 1)
    assert result.stderr.startswith(f"Error: {path}: {sentence}")
    assert result.stderr.count("\n") == 1


def test_a_list_that_cannot_be_read(run: Run, two_cameras: CameraRegistry, tmp_path: Path) -> None:
    missing, binary = tmp_path / "missing.toml", tmp_path / "prices.xls"
    refused(run("cost", "--prices", str(missing)), f"{missing} cannot be read: No such file or directory")
    binary.write_bytes(b"\xd0\xcf\x11\xe0")
    refused(run("cost", "--prices", str(binary)), f"{binary}: the price list is not UTF-8 text")


def test_prices_of_another_region_are_said(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    with mock_aws():
        boto3.setup_default_session(region_name="eu-central-1")
        deploy()
        result = run("cost", "--region", "eu-central-1")
    assert result.exit_code == 0
    assert "the prices are those of us-east-1, and the stack is in eu-central-1" in result.stderr


def test_a_stack_without_cameras_has_a_bill(run: Run, registry: CameraRegistry) -> None:
    result = run("cost")
    assert result.exit_code == 0
    assert "the stack itself" in result.stdout
    assert "what would save" not in result.stdout


def test_two_forms_are_refused(run: Run, registry: CameraRegistry) -> None:
    result = run("cost", "--json", "--csv")
    assert result.exit_code == 2
    assert "--json and --csv exclude each other" in result.stderr


@pytest.mark.parametrize("stay", ["10", "0m", "ten minutes", "-5m", "99999999999w"])
def test_a_stay_is_a_duration(run: Run, registry: CameraRegistry, stay: str) -> None:
    result = run("cost", "--stay", stay)
    assert result.exit_code == 2
    assert f"{stay!r} is not a duration above 0: write it as 90s, 10m or 2h" in result.stderr


def test_the_defaults_are_those_of_the_documents() -> None:
    assert (Fleet().bit_rate, Fleet().retention, Fleet().days) == (2.0, 24, 30)
