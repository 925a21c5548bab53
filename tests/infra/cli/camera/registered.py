"""What the tests of the folder put into the registry and into KVS."""

from typing import Any

import boto3
from moto.kinesisvideo.models import kinesisvideo_backends

from ingest.aws.dynamodb import to_item
from ingest.registry.camera import Camera
from ingest.times import from_text
from tests.infra.cli.conftest import NOW

QUARTER = from_text("2026-11-22T13:15Z")
TILL = ((0.1, 0.2), (0.4, 0.2), (0.4, 0.6))
NO_STREAM = "does not exist in us-east-1: create it with --create-stream, or name an existing one"
DOOR = ((0.0, 0.0), (0.2, 0.0), (0.2, 1.0))


def stream(name: str, retention: int = 24) -> None:
    boto3.client("kinesisvideo").create_stream(StreamName=name, DataRetentionInHours=retention)


def mark(name: str, **changes: Any) -> None:
    """Change attributes of a stream that no call can change, such as its status."""
    for found in kinesisvideo_backends["123456789012"]["us-east-1"].streams.values():
        if found.stream_name == name:
            vars(found).update(changes)


def entrance(**changes: Any) -> Camera:
    return Camera(**{"camera_id": "entrance", "store_id": "berlin-1", "since": NOW, **changes})


def break_item(camera_id: str) -> None:
    dynamodb = boto3.client("dynamodb")
    (table,) = (name for name in dynamodb.list_tables()["TableNames"] if "CameraTable" in name)
    dynamodb.put_item(TableName=table, Item=to_item({"CameraId": camera_id}))
