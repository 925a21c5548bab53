"""The camera registry: one DynamoDB item for each camera, with its settings and how far each hop has come.

Only the operator writes settings, with a revision; only the holder of the camera's lease writes the pull's
cursor; only the closing writes what is closed, with compare-and-set. Each writer names its own attributes, so
that no writer undoes another's changes.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ingest.aws.dynamodb import batch_get, to_item
from ingest.errors import OccupancyError
from ingest.registry.camera import Camera, InvalidCamera
from ingest.registry.items import (
    SETTINGS,
    STREAM,
    camera_or_error,
    cursor_values,
    from_registry_item,
    image_memory_values,
    key_item,
    settings_item,
)
from ingest.registry.registered import ImageMemory, PullCursor, RegisteredCamera
from ingest.times import to_millis, to_text

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SENDER_INDEX = "Sender"
HISTORY = timedelta(days=35)
"""How long an earlier timing is kept at least, so that late video finds the instants of its own day."""


class UnknownCamera(OccupancyError, KeyError):
    """No camera with that id is registered."""

    def __init__(self, camera_id: str) -> None:
        super().__init__(f"camera {camera_id!r} is not in the registry: see `occupancy camera list`")

    __str__ = Exception.__str__


class CameraExists(OccupancyError):
    """A camera with that id is already registered."""

    def __init__(self, camera_id: str) -> None:
        super().__init__(f"camera {camera_id!r} is in the registry already: use `occupancy camera set`")


class CameraChanged(OccupancyError):
    """Somebody else changed the camera since it was read."""

    def __init__(self, camera_id: str) -> None:
        super().__init__(f"camera {camera_id!r} was just changed by somebody else: look at it and try again")


class LeaseHeld(OccupancyError):
    """Another pull of this camera still runs."""

    def __init__(self, camera_id: str) -> None:
        super().__init__(f"camera {camera_id!r} is being pulled by another invocation")


class LeaseLost(OccupancyError):
    """The lease ran out and another pull took over."""

    def __init__(self, camera_id: str) -> None:
        super().__init__(f"the lease of camera {camera_id!r} was lost to another invocation")


class CameraRegistry:
    """The registry table. Threads may share the client."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def get(self, camera_id: str) -> RegisteredCamera:
        """One camera. Raises UnknownCamera."""
        answer = self._dynamodb.get_item(TableName=self._table, Key=key_item(camera_id), ConsistentRead=True)
        if "Item" not in answer:
            raise UnknownCamera(camera_id)
        return from_registry_item(answer["Item"])

    def get_many(self, camera_ids: Iterable[str]) -> dict[str, Camera | InvalidCamera]:
        """Those of these cameras that are registered; an item that cannot be read has its error as value."""
        keys = [key_item(camera_id) for camera_id in sorted(set(camera_ids))]
        found: dict[str, Camera | InvalidCamera] = {}
        for item in batch_get(self._dynamodb, self._table, keys):
            read = camera_or_error(item)
            found[item["CameraId"]["S"]] = read if isinstance(read, InvalidCamera) else read.camera
        return found

    def by_sender(self, sender: str) -> list[Camera]:
        """The cameras with that `Camera.sender`: one, unless two cameras claim it."""
        answer = self._dynamodb.query(
            TableName=self._table,
            IndexName=SENDER_INDEX,
            KeyConditionExpression="Sender = :sender",
            ExpressionAttributeValues=to_item({":sender": sender}),
        )
        return [from_registry_item(item).camera for item in answer["Items"]]

    def scan(self) -> Iterator[RegisteredCamera | InvalidCamera]:
        """Every camera, in no order; an item that cannot be read is given as its error and stops no other."""
        pages = self._dynamodb.get_paginator("scan").paginate(TableName=self._table)
        return (camera_or_error(item) for page in pages for item in page["Items"])

    def add(self, camera: Camera) -> None:
        """Register a new camera. Raises CameraExists."""
        item = settings_item(camera) | to_item({"CameraId": camera.camera_id, "Revision": 1})
        try:
            self._dynamodb.put_item(
                TableName=self._table, Item=item, ConditionExpression="attribute_not_exists(CameraId)"
            )
        except self._dynamodb.exceptions.ConditionalCheckFailedException as error:
            raise CameraExists(camera.camera_id) from error

    def change(self, before: RegisteredCamera, camera: Camera, now: datetime) -> RegisteredCamera:
        """Store new settings of a camera that was read before. Raises CameraChanged if it has changed since.

        Earlier timings whose quarter hours are closed, and that are older than HISTORY, are dropped here.
        """
        closed = before.closed_until or camera.since
        keep = tuple(change for change in camera.previous if change.until > min(closed, now - HISTORY))
        camera = replace(camera, previous=keep)
        after = replace(before, camera=camera, revision=before.revision + 1)
        settings = settings_item(camera) | to_item({"Revision": after.revision})
        gone = [name for name in SETTINGS if name not in settings]
        expression = "SET " + ", ".join(f"#{name} = :{name}" for name in settings)
        if gone:
            expression += " REMOVE " + ", ".join(f"#{name}" for name in gone)
        try:
            self._dynamodb.update_item(
                TableName=self._table,
                Key=key_item(camera.camera_id),
                UpdateExpression=expression,
                ConditionExpression="#Revision = :before",
                ExpressionAttributeNames={f"#{name}": name for name in [*settings, *gone]},
                ExpressionAttributeValues={f":{name}": value for name, value in settings.items()}
                | to_item({":before": before.revision}),
            )
        except self._dynamodb.exceptions.ConditionalCheckFailedException as error:
            raise CameraChanged(camera.camera_id) from error
        return after

    def remove(self, camera_id: str) -> None:
        """Delete a camera; its rows stay. Raises UnknownCamera."""
        answer = self._dynamodb.delete_item(
            TableName=self._table, Key=key_item(camera_id), ReturnValues="ALL_OLD"
        )
        if "Attributes" not in answer:
            raise UnknownCamera(camera_id)

    def lease(self, camera_id: str, owner: str, now: datetime, duration: timedelta) -> RegisteredCamera:
        """Take the camera's pull lease and read it in one call. Raises LeaseHeld or UnknownCamera."""
        values = {":owner": owner, ":now": to_millis(now), ":expires": to_millis(now + duration)}
        try:
            answer = self._dynamodb.update_item(
                TableName=self._table,
                Key=key_item(camera_id),
                UpdateExpression="SET LeaseOwner = :owner, LeaseExpires = :expires",
                ConditionExpression="attribute_exists(CameraId) AND (attribute_not_exists(LeaseOwner)"
                " OR LeaseExpires <= :now OR LeaseOwner = :owner)",
                ExpressionAttributeValues=to_item(values),
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self._dynamodb.exceptions.ConditionalCheckFailedException as error:
            raise (LeaseHeld if "Item" in error.response else UnknownCamera)(camera_id) from error
        return from_registry_item(answer["Attributes"])

    def record_cursor(self, camera_id: str, owner: str, cursor: PullCursor) -> None:
        """Store how far the pull has come. Raises LeaseLost."""
        self._write_as_owner(camera_id, owner, cursor_values(cursor))

    def record_image_memory(self, camera_id: str, owner: str, memory: ImageMemory) -> None:
        """Store the instants that GetImages is about to be called for. Raises LeaseLost."""
        self._write_as_owner(camera_id, owner, image_memory_values(memory))

    def release(self, camera_id: str, owner: str, *, forget_stream: bool = False) -> None:
        """Release the lease; delete what KVS said about the stream if it proved wrong. Raises LeaseLost."""
        gone = ["LeaseOwner", "LeaseExpires", *([STREAM] if forget_stream else [])]
        self._as_owner(camera_id, "REMOVE " + ", ".join(gone), {":owner": owner})

    def record_closed(self, camera_id: str, before: datetime | None, until: datetime) -> bool:
        """Move `closed_until` on from `before`; False if another closing already did."""
        condition = "ClosedUntil = :before" if before else "attribute_not_exists(ClosedUntil)"
        values = {":until": to_text(until), ":before": to_text(before) if before else None}
        try:
            self._dynamodb.update_item(
                TableName=self._table,
                Key=key_item(camera_id),
                UpdateExpression="SET ClosedUntil = :until",
                ConditionExpression=f"attribute_exists(CameraId) AND {condition}",
                ExpressionAttributeValues=to_item(values),
            )
        except self._dynamodb.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def _write_as_owner(self, camera_id: str, owner: str, attributes: Mapping[str, Any]) -> None:
        """Set these attributes; remove those that are None."""
        values = {f":{name}": value for name, value in attributes.items() if value is not None}
        expression = "SET " + ", ".join(f"{name[1:]} = {name}" for name in values)
        if gone := [name for name, value in attributes.items() if value is None]:
            expression += " REMOVE " + ", ".join(gone)
        self._as_owner(camera_id, expression, {":owner": owner, **values})

    def _as_owner(self, camera_id: str, expression: str, values: Mapping[str, Any]) -> None:
        try:
            self._dynamodb.update_item(
                TableName=self._table,
                Key=key_item(camera_id),
                UpdateExpression=expression,
                ConditionExpression="LeaseOwner = :owner",
                ExpressionAttributeValues=to_item(values),
            )
        except self._dynamodb.exceptions.ConditionalCheckFailedException as error:
            raise LeaseLost(camera_id) from error
