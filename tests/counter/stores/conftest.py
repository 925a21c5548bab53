"""The store table, once in moto, once with dynalite."""

from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

from counter.stores.marks import MarkTable
from counter.stores.table import StoreTable
from tests.counter.tables import STORES, create_store_table
from tests.dynalite import DATABASES, dynalite

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_dynamodb import DynamoDBClient


@pytest.fixture(params=DATABASES)
def dynamodb(request: pytest.FixtureRequest) -> "Iterator[DynamoDBClient]":
    if request.param == "dynalite":
        with dynalite() as served:
            create_store_table(served)
            yield served
    else:
        with mock_aws():
            client = boto3.client("dynamodb", region_name="eu-central-1")
            create_store_table(client)
            yield client


@pytest.fixture
def stores(dynamodb: "DynamoDBClient") -> StoreTable:
    return StoreTable(dynamodb, STORES)


@pytest.fixture
def marks(dynamodb: "DynamoDBClient") -> MarkTable:
    return MarkTable(dynamodb, STORES)
