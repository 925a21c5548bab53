"""The three tables, in moto."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

CAMERAS, OCCUPANCY, QUARTERS = "cameras", "occupancy", "quarter-hours"


def create_tables(dynamodb: "DynamoDBClient") -> None:
    """Create them as the template declares them, except for encryption and the like."""
    sender: Any = {
        "IndexName": "Sender",
        "KeySchema": [{"AttributeName": "Sender", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }
    _create(dynamodb, CAMERAS, ["CameraId"], GlobalSecondaryIndexes=[sender])
    _create(dynamodb, OCCUPANCY, ["CameraId", "TimeStamp"])
    _create(dynamodb, QUARTERS, ["CameraId", "QuarterStart"])


def _create(dynamodb: "DynamoDBClient", name: str, key: list[str], **more: Any) -> None:
    names = [*key, *(index["IndexName"] for index in more.get("GlobalSecondaryIndexes", ()))]
    schema: Any = [
        {"AttributeName": part, "KeyType": kind} for part, kind in zip(key, ["HASH", "RANGE"], strict=False)
    ]
    dynamodb.create_table(
        TableName=name,
        KeySchema=schema,
        AttributeDefinitions=[{"AttributeName": part, "AttributeType": "S"} for part in names],
        BillingMode="PAY_PER_REQUEST",
        **more,
    )
