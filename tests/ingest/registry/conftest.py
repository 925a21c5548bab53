from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

from ingest.registry.table import CameraRegistry
from tests.dynalite import DATABASES, dynalite
from tests.ingest.cloud import clear_cameras, create_camera_table
from tests.moto_speed import plain_attribute_values

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@pytest.fixture(scope="module", params=DATABASES)
def dynamodb(request: pytest.FixtureRequest) -> Iterator["DynamoDBClient"]:
    """A client of an account with an empty registry table."""
    if request.param == "dynalite":
        with dynalite() as served:
            create_camera_table(served)
            yield served
    else:
        with plain_attribute_values(), mock_aws():
            dynamodb = boto3.client("dynamodb", region_name="us-east-1")
            create_camera_table(dynamodb)
            yield dynamodb


@pytest.fixture
def registry(dynamodb: "DynamoDBClient") -> Iterator[CameraRegistry]:
    """The registry, empty."""
    yield CameraRegistry(dynamodb, "cameras")
    clear_cameras(dynamodb)
