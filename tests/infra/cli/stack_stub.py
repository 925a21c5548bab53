"""A stack with the outputs and the tables that the commands use, without the functions."""

import json
from typing import Any

import boto3


def table(key: str, sort: str | None = None, index: str | None = None) -> dict[str, Any]:
    names = [name for name in (key, sort, index) if name]
    properties: dict[str, Any] = {
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in names],
        "KeySchema": [{"AttributeName": key, "KeyType": "HASH"}]
        + ([{"AttributeName": sort, "KeyType": "RANGE"}] if sort else []),
    }
    if index:
        properties["GlobalSecondaryIndexes"] = [
            {
                "IndexName": index,
                "KeySchema": [{"AttributeName": index, "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ]
    return {"Type": "AWS::DynamoDB::Table", "Properties": properties}


def store_table() -> dict[str, Any]:
    found = table("StoreId", "Entry")
    properties = found["Properties"]
    properties["AttributeDefinitions"].append({"AttributeName": "Listed", "AttributeType": "S"})
    properties["GlobalSecondaryIndexes"] = [
        {
            "IndexName": "Stores",
            "KeySchema": [
                {"AttributeName": "Listed", "KeyType": "HASH"},
                {"AttributeName": "StoreId", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "ALL"},
        }
    ]
    return found


TEMPLATE: dict[str, Any] = {
    "AWSTemplateFormatVersion": "2010-09-09",
    "Resources": {
        "CameraTable": table("CameraId", index="Sender"),
        "OccupancyTable": table("CameraId", "TimeStamp"),
        "QuarterHourTable": table("CameraId", "QuarterStart"),
        "StoreTable": store_table(),
        "FrameBucket": {"Type": "AWS::S3::Bucket"},
        "HistoryBucket": {"Type": "AWS::S3::Bucket"},
        "FrameQueue": {"Type": "AWS::SQS::Queue"},
    },
    "Outputs": {
        "CameraTableName": {"Value": {"Ref": "CameraTable"}},
        "OccupancyTableName": {"Value": {"Ref": "OccupancyTable"}},
        "QuarterHourTableName": {"Value": {"Ref": "QuarterHourTable"}},
        "StoreTableName": {"Value": {"Ref": "StoreTable"}},
        "FrameBucketName": {"Value": {"Ref": "FrameBucket"}},
        "HistoryBucketName": {"Value": {"Ref": "HistoryBucket"}},
        "FrameQueueUrl": {"Value": {"Ref": "FrameQueue"}},
    },
}


def deploy(name: str = "store-occupancy", template: dict[str, Any] = TEMPLATE) -> None:
    boto3.client("cloudformation").create_stack(StackName=name, TemplateBody=json.dumps(template))
