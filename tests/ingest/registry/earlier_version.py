"""The registry as functions of earlier versions know it: all state is in the camera's item.

The requests are those of the version before state items, and of all before it.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ingest.aws.dynamodb import Item, to_item
from ingest.registry.items import from_registry_item, key_item
from ingest.registry.registered import PullCursor, RegisteredCamera
from ingest.registry.registry_errors import LeaseHeld
from ingest.registry.state_items import cursor_values
from ingest.times import to_millis, to_text

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class EarlierRegistry:
    """What the pull and the closing of an earlier version do with the table `cameras`."""

    def __init__(self, dynamodb: "DynamoDBClient") -> None:
        self._dynamodb = dynamodb

    def read(self, camera_id: str) -> RegisteredCamera:
        return from_registry_item(
            self._dynamodb.get_item(TableName="cameras", Key=key_item(camera_id))["Item"]
        )

    def lease(self, camera_id: str, owner: str, now: datetime, duration: timedelta) -> RegisteredCamera:
        item = self._update(
            camera_id,
            "SET LeaseOwner = :owner, LeaseExpires = :expires",
            "attribute_exists(CameraId) AND (attribute_not_exists(LeaseOwner)"
            " OR LeaseExpires <= :now OR LeaseOwner = :owner)",
            {":owner": owner, ":now": to_millis(now), ":expires": to_millis(now + duration)},
        )
        if item is None:
            raise LeaseHeld(camera_id)
        return from_registry_item(item)

    def record_cursor(self, camera_id: str, owner: str, cursor: PullCursor) -> None:
        values = {f":{name}": value for name, value in cursor_values(cursor).items() if value is not None}
        gone = [name for name, value in cursor_values(cursor).items() if value is None]
        expression = "SET " + ", ".join(f"{name[1:]} = {name}" for name in values)
        expression += " REMOVE " + ", ".join(gone)
        assert self._update(camera_id, expression, "LeaseOwner = :owner", {":owner": owner, **values})

    def release(self, camera_id: str, owner: str) -> None:
        expression = "REMOVE LeaseOwner, LeaseExpires"
        assert self._update(camera_id, expression, "LeaseOwner = :owner", {":owner": owner})

    def record_closed(self, camera_id: str, before: datetime | None, until: datetime) -> bool:
        condition = "ClosedUntil = :before" if before else "attribute_not_exists(ClosedUntil)"
        compared = {":before": to_text(before)} if before else {}
        values = {":until": to_text(until), **compared}
        condition = f"attribute_exists(CameraId) AND {condition}"
        return self._update(camera_id, "SET ClosedUntil = :until", condition, values) is not None

    def _update(self, camera_id: str, expression: str, condition: str, values: dict[str, Any]) -> Item | None:
        try:
            answer = self._dynamodb.update_item(
                TableName="cameras",
                Key=key_item(camera_id),
                UpdateExpression=expression,
                ConditionExpression=condition,
                ExpressionAttributeValues=to_item(values),
                ReturnValues="ALL_NEW",
            )
        except self._dynamodb.exceptions.ConditionalCheckFailedException:
            return None
        return answer["Attributes"]
