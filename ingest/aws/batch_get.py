"""BatchGetItem for any number of keys: in hundreds, and again for those that DynamoDB put off."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ingest.aws.dynamodb import Item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MAX_KEYS = 100
"""How many one call takes."""


def batch_get(
    dynamodb: "DynamoDBClient", table: str, keys: Sequence[Item], *, consistent: bool = False
) -> Iterator[Item]:
    """Those of the items that are there, in no order. `keys` must differ, or DynamoDB refuses them."""
    for first in range(0, len(keys), MAX_KEYS):
        wanted: Mapping[str, Any] = {
            table: {"Keys": keys[first : first + MAX_KEYS], "ConsistentRead": consistent}
        }
        while wanted:
            answer = dynamodb.batch_get_item(RequestItems=wanted)
            yield from answer["Responses"].get(table, [])
            wanted = answer.get("UnprocessedKeys", {})
