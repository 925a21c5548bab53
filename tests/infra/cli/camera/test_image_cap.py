"""`camera add`, `set` and `import` refuse what passes the stack's MonthlyImageCap."""

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from infra.cli.aws.stack import find_stack_resources
from ingest.registry.table import CameraRegistry
from tests.infra.cli.conftest import Run, refused
from tests.infra.cli.stack_stub import TEMPLATE, deploy

HALF_A_DAY = ("--store", "north", "--source", "push", "--hours", "mon-sun 09:00-21:00")


@pytest.fixture
def capped() -> Iterator[CameraRegistry]:
    """A stack for 30,000 images in 30 days."""
    with mock_aws():
        deploy(
            template={**TEMPLATE, "Parameters": {"MonthlyImageCap": {"Type": "Number", "Default": 30_000}}}
        )
        found = find_stack_resources(boto3.client("cloudformation"), "store-occupancy")
        yield CameraRegistry(boto3.client("dynamodb"), found.camera_table)


def needs(images: str, fits: str) -> str:
    return (
        f"the cameras would need {images} images a month, and the stack's MonthlyImageCap is 30,000: {fits}"
        " would fit, or deploy with a higher cap; nothing was written"
    )


def test_a_camera_too_many_is_refused_with_what_fits_and_that_fits(run: Run, capped: CameraRegistry) -> None:
    assert run("camera", "add", "door", *HALF_A_DAY, "--every", "60").exit_code == 0
    result = run("camera", "add", "till", *HALF_A_DAY, "--every", "60")
    refused(result, needs("43,200", "an interval of 180 s or opening hours of at most 4.5 h a day"))
    assert [item.camera.camera_id for item in capped.scan()] == ["door"]  # type: ignore[union-attr]  # both readable
    assert run("camera", "add", "till", *HALF_A_DAY, "--every", "180").exit_code == 0


def test_a_stream_is_not_created_for_a_camera_that_is_refused(run: Run, capped: CameraRegistry) -> None:
    result = run("camera", "add", "door", "--store", "north", "--create-stream", "--every", "1")
    refused(result, needs("2,592,000", "an interval of 90 s or opening hours of at most 0.25 h a day"))
    assert boto3.client("kinesisvideo").list_streams()["StreamInfoList"] == []


def test_a_change_is_refused_and_one_that_needs_less_is_not(run: Run, capped: CameraRegistry) -> None:
    run("camera", "add", "door", *HALF_A_DAY, "--every", "60")
    result = run("camera", "set", "door", "--every", "30")
    refused(result, needs("43,200", "an interval of 45 s or opening hours of at most 8.25 h a day"))
    assert run("camera", "set", "door", "--every", "300", "--area", "front").exit_code == 0
    assert capped.get("door").camera.sampling.sample_every == 300


def test_a_file_is_refused_as_a_whole(run: Run, capped: CameraRegistry, tmp_path: Path) -> None:
    path = tmp_path / "cameras.csv"
    hours = "mon-sun 09:00-21:00"
    lines = [f"{name},north,push,60,{hours}" for name in ("door", "till")]
    path.write_text("\n".join(["camera_id,store_id,source,sample_every,opening_hours", *lines]))
    sentence = needs("43,200", "an interval of 90 s or opening hours of at most 8.25 h a day")
    for options in ((), ("--apply",)):
        refused(run("camera", "import", str(path), *options), sentence)
    assert list(capped.scan()) == []
    path.write_text(path.read_text().replace(",60,", ",90,"))
    assert run("camera", "import", str(path), "--apply").exit_code == 0


def test_a_stack_without_the_parameter_has_no_cap(run: Run, registry: CameraRegistry) -> None:
    assert run("camera", "add", "door", *HALF_A_DAY, "--every", "1").exit_code == 0
