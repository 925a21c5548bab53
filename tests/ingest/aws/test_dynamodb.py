from typing import Any

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from ingest.aws.dynamodb import from_item, to_item

# Beyond 1e15 a float is a whole number that its shortest text only stands for.
floats = st.floats(min_value=-1e15, max_value=1e15).filter(lambda value: value == 0 or abs(value) > 1e-100)
scalars = st.booleans() | st.integers(-(10**37), 10**37) | floats | st.text()
values = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(min_size=1), inner), max_leaves=20
)


@given(st.dictionaries(st.text(min_size=1), values))
def test_values_read_back(content: dict[str, Any]) -> None:
    assert from_item(to_item(content)) == content


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
