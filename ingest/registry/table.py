"""The camera registry: a DynamoDB item with the settings of each camera, and one with its state.

Only the operator writes settings, with a revision; the pull and the closing write the state
(`ingest.registry.states`). Each writer names its own attributes, so that no writer undoes another's changes.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from ingest.aws.dynamodb import Item, batch_get, to_item
from ingest.registry.camera import Camera, InvalidCamera, is_camera_id
from ingest.registry.items import SETTINGS, camera_or_error, from_registry_item, key_item, settings_item
from ingest.registry.registered import RegisteredCamera
from ingest.registry.registry_errors import CameraChanged, CameraExists, UnknownCamera
from ingest.registry.state_items import state_key, state_of
from ingest.registry.states import CameraStates

SENDER_INDEX = "Sender"
HISTORY = timedelta(days=35)
"""How long an earlier timing is kept at least, so that late video finds the instants of its own day."""


class CameraRegistry(CameraStates):
    """The registry table: the cameras' settings, and their states. Threads may share the client."""

    def get(self, camera_id: str) -> RegisteredCamera:
        """One camera. Raises UnknownCamera and InvalidCamera."""
        item = self._camera_item(camera_id)
        return from_registry_item(item, self._read(state_key(camera_id)))

    def get_many(self, camera_ids: Iterable[str]) -> dict[str, Camera | InvalidCamera]:
        """Those of these cameras that are registered; an item that cannot be read has its error as value."""
        keys = [key_item(camera_id) for camera_id in sorted(set(camera_ids)) if is_camera_id(camera_id)]
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
        """Every camera, in no order; an item that cannot be read is given as its error and stops no other.

        The state of a camera that is being removed or added may be there without its camera: it is ignored.
        """
        cameras: list[Item] = []
        states: dict[str, Item] = {}
        for page in self._dynamodb.get_paginator("scan").paginate(TableName=self._table):
            for item in page["Items"]:
                if (camera_id := state_of(item)) is None:
                    cameras.append(item)
                else:
                    states[camera_id] = item
        for item in cameras:
            yield camera_or_error(item, states.get(item["CameraId"]["S"]))

    def add(self, camera: Camera) -> None:
        """Register a new camera. Raises CameraExists."""
        item = settings_item(camera) | to_item({"CameraId": camera.camera_id, "Revision": 1})
        try:
            self._dynamodb.put_item(
                TableName=self._table, Item=item, ConditionExpression="attribute_not_exists(CameraId)"
            )
        except self._dynamodb.exceptions.ConditionalCheckFailedException as error:
            raise CameraExists(camera.camera_id) from error
        # A removal that was killed, or met a pull, may have left the state of an earlier camera of that name.
        self._dynamodb.delete_item(TableName=self._table, Key=state_key(camera.camera_id))

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
        """Delete a camera with its state; its rows stay.

        Raises UnknownCamera, also for a name that no camera can have: state items have such keys.
        """
        if not is_camera_id(camera_id):
            raise UnknownCamera(camera_id)
        answer = self._dynamodb.delete_item(
            TableName=self._table, Key=key_item(camera_id), ReturnValues="ALL_OLD"
        )
        # The state goes last: while the camera is there, a pull would create its state again.
        self._dynamodb.delete_item(TableName=self._table, Key=state_key(camera_id))
        if "Attributes" not in answer:
            raise UnknownCamera(camera_id)
