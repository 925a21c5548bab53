from typing import TYPE_CHECKING, Any

import boto3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moto import mock_aws

from ingest.aws.dynamodb import from_item, to_item
from tests.dynalite import dynalite

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_dynamodb import DynamoDBClient

# Beyond 1e15 a float is a whole number that its shortest text only stands for.
floats = st.floats(min_value=-1e15, max_value=1e15).filter(lambda value: value == 0 or abs(value) > 1e-100)
scalars = st.booleans() | st.integers(-(10**37), 10**37) | floats | st.text()


def contents(names: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, Any]]:
    """Items with these names of attributes."""
    values = st.recursive(
        scalars, lambda inner: st.lists(inner) | st.dictionaries(names, inner), max_leaves=20
    )
    return st.dictionaries(names, values)


@given(contents(st.text(min_size=1)))
def test_values_read_back(content: dict[str, Any]) -> None:
    assert from_item(to_item(content)) == content


@pytest.fixture(scope="module")
def served() -> "Iterator[DynamoDBClient]":
    with dynalite() as dynamodb:
        dynamodb.create_table(
            TableName="values",
            KeySchema=[{"AttributeName": "Key", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "Key", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield dynamodb


# Letters and digits alone: dynalite, which is JavaScript, loses an attribute `__proto__`.
@pytest.mark.system
@settings(max_examples=30)
@given(contents(st.text(st.characters(categories=["L", "Nd"]), min_size=1)))
def test_a_dynamodb_takes_and_returns_them(served: "DynamoDBClient", content: dict[str, Any]) -> None:
    key = {"Key": {"S": "key"}}
    served.put_item(TableName="values", Item=to_item(content) | key)
    assert from_item(served.get_item(TableName="values", Key=key)["Item"]) == content | {"Key": "key"}


@pytest.mark.parametrize(
    ("value", "attribute"),
    [
        (7, {"N": "7"}),
        (0.1, {"N": "0.1"}),
        (98.7654321, {"N": "98.7654321"}),
        (True, {"BOOL": True}),
        ("", {"S": ""}),
        ((0.5, 1), {"L": [{"N": "0.5"}, {"N": "1"}]}),
        ({"till": ((0.25, 0.5),)}, {"M": {"till": {"L": [{"L": [{"N": "0.25"}, {"N": "0.5"}]}]}}}),
    ],
)
def test_how_values_are_stored(value: Any, attribute: dict[str, Any]) -> None:
    assert to_item({"Value": value}) == {"Value": attribute}


def test_what_is_none_is_left_out() -> None:
    assert to_item({"CameraId": "entrance", "StreamName": None}) == {"CameraId": {"S": "entrance"}}


@pytest.mark.parametrize(("stored", "value"), [("3", 3), ("3.0", 3), ("3.5", 3.5), ("1E+2", 100)])
def test_whole_numbers_are_int(stored: str, value: float) -> None:
    read = from_item({"Value": {"N": stored}})["Value"]
    assert read == value
    assert type(read) is type(value)


def test_an_item_survives_dynamodb() -> None:
    content = {
        "CameraId": "entrance",
        "Zones": {"till": [[0.1, 0.2], [1, 0]]},
        "MinConfidence": 95.5,
        "Enabled": False,
    }
    with mock_aws():
        dynamodb = boto3.client("dynamodb")
        dynamodb.create_table(
            TableName="cameras",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "CameraId", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "CameraId", "KeyType": "HASH"}],
        )
        dynamodb.put_item(TableName="cameras", Item=to_item(content))
        answer = dynamodb.get_item(TableName="cameras", Key=to_item({"CameraId": "entrance"}))
    assert from_item(answer["Item"]) == content
