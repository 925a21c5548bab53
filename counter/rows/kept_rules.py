"""The rules that rows and roll-ups name by their digest: kept for good, beside the camera's roll-ups.

An item of the quarter-hour table with the sort key `rule/<digest>`. Letters sort behind digits, so no read of
a span of time meets it. Why there: docs/decisions/0008-rules-beside-roll-ups.md.
"""

from typing import TYPE_CHECKING

from counter.rows.rule import Rule
from ingest.aws.dynamodb import Item, from_item, to_item
from ingest.registry.polygons import Polygon

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PREFIX = "rule/"


class KeptRules:
    """The rules of all cameras, in the quarter-hour table. Threads may share it."""

    def __init__(self, dynamodb: "DynamoDBClient", quarter_table: str) -> None:
        self._dynamodb = dynamodb
        self._table = quarter_table
        self._kept: set[tuple[str, str]] = set()

    def keep(self, camera_id: str, rule: Rule) -> None:
        """Store a rule; call it before a row names the rule. The table is asked once for each object of this.

        Repeating it changes nothing: the digest determines the content.
        """
        if (camera_id, rule.digest) in self._kept:
            return
        self._dynamodb.put_item(TableName=self._table, Item=_item(camera_id, rule))
        self._kept.add((camera_id, rule.digest))

    def get(self, camera_id: str, digest: str) -> Rule | None:
        """The rule behind a digest; None if it is not kept, as for MIXED."""
        answer = self._dynamodb.get_item(
            TableName=self._table, Key=_key(camera_id, digest), ConsistentRead=True
        )
        return _rule(answer["Item"]) if "Item" in answer else None


def is_rule(item: Item) -> bool:
    """Whether an item of the quarter-hour table is a rule: a scan of the table meets them."""
    return str(item["QuarterStart"]["S"]).startswith(PREFIX)


def _key(camera_id: str, digest: str) -> Item:
    return to_item({"CameraId": camera_id, "QuarterStart": PREFIX + digest})


def _item(camera_id: str, rule: Rule) -> Item:
    values = {"MinConfidence": rule.min_confidence, "Zones": rule.zones, "Ignore": rule.ignore}
    return _key(camera_id, rule.digest) | to_item(values)


def _rule(item: Item) -> Rule:
    values = from_item(item)
    return Rule(float(values["MinConfidence"]), _polygons(values["Zones"]), _polygons(values["Ignore"]))


def _polygons(values: dict[str, list[list[float]]]) -> dict[str, Polygon]:
    return {name: tuple((float(x), float(y)) for x, y in corners) for name, corners in values.items()}
