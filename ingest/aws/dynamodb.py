"""DynamoDB: converts plain values to attribute values and back; BatchGetItem for any number of keys.

Floats become Decimal; whole numbers come back as int.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from ingest.aws.failures import member

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_serializer = TypeSerializer()
_deserializer = TypeDeserializer()

Item = dict[str, Any]
"""An item of the low-level DynamoDB client: attribute name -> {type: value}."""

MAX_KEYS = 100
"""BatchGetItem's limit."""


def to_item(values: Mapping[str, Any]) -> Item:
    """Attribute values of `values`; those that are None are left out."""
    return {name: _serializer.serialize(_exact(value)) for name, value in values.items() if value is not None}


def from_item(item: Mapping[str, Any]) -> dict[str, Any]:
    """The inverse of `to_item`."""
    return {name: _plain(_deserializer.deserialize(value)) for name, value in item.items()}


def batch_get(
    dynamodb: "DynamoDBClient", table: str, keys: Sequence[Item], *, consistent: bool = False
) -> Iterator[Item]:
    """The items that exist, in no order. DynamoDB refuses `keys` that repeat.

    Keys that DynamoDB leaves unprocessed are requested again.
    """
    for first in range(0, len(keys), MAX_KEYS):
        request: Mapping[str, Any] = {
            table: {"Keys": keys[first : first + MAX_KEYS], "ConsistentRead": consistent}
        }
        while request:
            answer = dynamodb.batch_get_item(RequestItems=request)
            yield from member(answer, "Responses").get(table, [])
            request = answer.get("UnprocessedKeys", {})


def _exact(value: Any) -> Any:
    if isinstance(value, float):
        return Decimal(str(value))
    if isinstance(value, Mapping):
        return {key: _exact(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_exact(inner) for inner in value]
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value
