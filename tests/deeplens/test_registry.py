"""Where the unit and the registry disagree, a message names the camera."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

from deeplens.common.hours import parse
from deeplens.common.settings import Settings
from deeplens.common.status_log import StatusLog
from deeplens.registry import Registry
from ingest.registry import opening_hours
from ingest.registry.camera import Camera, Source
from ingest.registry.sampling import Sampling
from ingest.registry.table import CameraRegistry
from ingest.times import from_millis
from tests.counter.tables import CAMERAS, create_tables
from tests.deeplens.unit import SETTINGS, START

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SINCE = from_millis(START * 1000)
HOURS = "sat 09:00-20:00; sun 22:00-02:00"
CAMERA = Camera("till-1", "berlin-1", SINCE, source=Source.PUSH)
WEEKEND = Sampling(300, "Europe/Berlin", opening_hours.parse(HOURS))


@pytest.fixture
def dynamodb() -> Iterator["DynamoDBClient"]:
    with mock_aws():
        client = boto3.client("dynamodb")
        create_tables(client)
        yield client


def said(dynamodb: "DynamoDBClient", settings: Settings, camera: Camera | None) -> str:
    if camera:
        CameraRegistry(dynamodb, CAMERAS).add(camera)
    status_log = StatusLog()
    Registry(dynamodb, CAMERAS, settings, status_log).compare()
    return status_log.problems.get("registry", "")


@pytest.mark.parametrize(
    ("settings", "camera"),
    [
        (SETTINGS, CAMERA),
        (SETTINGS, replace(CAMERA, sampling=Sampling(time_zone="Asia/Tokyo"))),
        (
            SETTINGS._replace(opening_hours=parse(HOURS), time_zone="Europe/Berlin"),
            replace(CAMERA, sampling=WEEKEND),
        ),
    ],
)
def test_nothing_to_say_where_they_agree(
    dynamodb: "DynamoDBClient", settings: Settings, camera: Camera
) -> None:
    assert said(dynamodb, settings, camera) == ""


@pytest.mark.parametrize(
    ("camera", "sentence"),
    [
        (None, "not in the registry: occupancy camera add till-1 --source push"),
        (Camera("till-1", "berlin-1", SINCE), "its source is 'kvs'"),
        (
            replace(CAMERA, sampling=Sampling(60)),
            "its sample_every is 60 s in the registry, 300 s on the unit",
        ),
        (replace(CAMERA, sampling=Sampling(enabled=False)), "disabled in the registry"),
        (
            replace(CAMERA, sampling=WEEKEND),
            "sat 09:00-20:00; sun 22:00-02:00 (Europe/Berlin) in the registry",
        ),
    ],
)
def test_what_disagrees_is_named(dynamodb: "DynamoDBClient", camera: Camera | None, sentence: str) -> None:
    found = said(dynamodb, SETTINGS, camera)
    assert found.startswith("camera 'till-1': ")
    assert sentence in found


def test_the_same_hours_by_another_clock(dynamodb: "DynamoDBClient") -> None:
    settings = SETTINGS._replace(opening_hours=parse(HOURS))
    assert "but not on the unit" in said(dynamodb, settings, replace(CAMERA, sampling=WEEKEND))


def test_a_registry_that_cannot_be_read_stops_nothing(dynamodb: "DynamoDBClient") -> None:
    status_log = StatusLog()
    Registry(dynamodb, "gone", SETTINGS, status_log).compare()
    assert status_log.problems["registry"] == (
        "table 'gone' cannot be read (GetItem: ResourceNotFoundException); frames are taken anyway"
    )
