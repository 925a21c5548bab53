"""The four tables, in moto."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

CAMERAS, OCCUPANCY, QUARTERS, STORES = "cameras", "occupancy", "quarter-hours", "stores"


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
    create_store_table(dynamodb)


def create_store_table(dynamodb: "DynamoDBClient") -> None:
    """Create the store table alone."""
    listed: Any = {
        "IndexName": "Stores",
        "KeySchema": [
            {"AttributeName": "Listed", "KeyType": "HASH"},
            {"AttributeName": "StoreId", "KeyType": "RANGE"},
        ],
        "Projection": {"ProjectionType": "ALL"},
    }
    _create(dynamodb, STORES, ["StoreId", "Entry"], GlobalSecondaryIndexes=[listed])


def _create(dynamodb: "DynamoDBClient", name: str, key: list[str], **more: Any) -> None:
    indexes = more.get("GlobalSecondaryIndexes", ())
    names = dict.fromkeys(
        [*key, *(part["AttributeName"] for index in indexes for part in index["KeySchema"])]
    )
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
