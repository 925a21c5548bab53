"""The camera registry: one DynamoDB item for each camera, with its settings and how far each hop has come.

Settings are written by the operator alone, under a revision; what the pull has looked at by the holder of
the camera's lease alone; what has been closed by the closing alone, by compare-and-set. Each writer names
its own attributes, so none can undo another's.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ingest import opening_hours
from ingest.cameras import Camera, Change, InvalidCamera, Mode, Source
from ingest.errors import OccupancyError
from ingest.items import Item, from_item, to_item
from ingest.sampling import Sampling
from ingest.times import from_millis, from_text, to_millis, to_text

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SENDER_INDEX = "Sender"
HISTORY = timedelta(days=35)
"""How long an earlier timing is kept at least, so that late video still finds the instants of its day."""


class UnknownCamera(OccupancyError, KeyError):
    """No camera of that name is registered."""

    def __init__(self, camera_id: str) -> None:
        super().__init__(f"camera {camera_id!r} is not in the registry: see `occupancy camera list`")

    __str__ = Exception.__str__


class CameraExists(OccupancyError):
    """A camera of that name is registered already."""

    def __init__(self, camera_id: str) -> None:
        super().__init__(f"camera {camera_id!r} is in the registry already: use `occupancy camera set`")


class CameraChanged(OccupancyError):
    """Somebody else changed the camera since it was read."""

    def __init__(self, camera_id: str) -> None:
        super().__init__(
            f"camera {camera_id!r} was changed by somebody else just now: look at it and try again"
        )


class LeaseHeld(OccupancyError):
    """Another pull of this camera still runs."""

    def __init__(self, camera_id: str) -> None:
        super().__init__(f"camera {camera_id!r} is being pulled by another invocation")


class LeaseLost(OccupancyError):
    """The lease ran out and another pull took over."""

    def __init__(self, camera_id: str) -> None:
        super().__init__(f"the lease of camera {camera_id!r} was lost to another invocation")


@dataclass(frozen=True)
class Look:
    """How far the pull has come: `until` in KVS's server time, None before the first look.

    `taken` are the instants taken out of the fragments that the next look will list again; `pending` says
    that due instants wait for video that had not arrived.
    """

    until: datetime | None = None
    taken: tuple[datetime, ...] = ()
    pending: bool = False


@dataclass(frozen=True)
class RegisteredCamera:
    """A camera and how far the hops have come with it; its quarter hours before `closed_until` are closed."""

    camera: Camera
    revision: int = 1
    look: Look = Look()
    closed_until: datetime | None = None


class CameraRegistry:
    """The registry table. The client may be shared by threads."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def get(self, camera_id: str) -> RegisteredCamera:
        """One camera. Raises UnknownCamera."""
        answer = self._dynamodb.get_item(TableName=self._table, Key=_key(camera_id), ConsistentRead=True)
        if "Item" not in answer:
            raise UnknownCamera(camera_id)
        return registered_from_item(answer["Item"])

    def get_many(self, camera_ids: Iterable[str]) -> dict[str, Camera | InvalidCamera]:
        """Those of the cameras that are registered; an item that cannot be read stands for itself."""
        found: dict[str, Camera | InvalidCamera] = {}
        names = sorted(set(camera_ids))
        for first in range(0, len(names), 100):  # BatchGetItem takes 100 keys
            keys = [_key(name) for name in names[first : first + 100]]
            wanted: Mapping[str, Any] = {self._table: {"Keys": keys}}
            while wanted:
                answer = self._dynamodb.batch_get_item(RequestItems=wanted)
                for item in answer["Responses"].get(self._table, []):
                    read = _readable(item)
                    found[item["CameraId"]["S"]] = read if isinstance(read, InvalidCamera) else read.camera
                wanted = answer.get("UnprocessedKeys", {})
        return found

    def by_sender(self, sender: str) -> list[Camera]:
        """The cameras whose frames come under that sender (`Camera.sender`): one, unless two claim it."""
        answer = self._dynamodb.query(
            TableName=self._table,
            IndexName=SENDER_INDEX,
            KeyConditionExpression="Sender = :sender",
            ExpressionAttributeValues=to_item({":sender": sender}),
        )
        return [registered_from_item(item).camera for item in answer["Items"]]

    def scan(self) -> Iterator[RegisteredCamera | InvalidCamera]:
        """Every camera, in no order; an item that cannot be read stands for itself and stops no other."""
        pages = self._dynamodb.get_paginator("scan").paginate(TableName=self._table)
        return (_readable(item) for page in pages for item in page["Items"])

    def add(self, camera: Camera) -> None:
        """Register a new camera. Raises CameraExists."""
        item = _settings_item(camera) | to_item({"CameraId": camera.camera_id, "Revision": 1})
        try:
            self._dynamodb.put_item(
                TableName=self._table, Item=item, ConditionExpression="attribute_not_exists(CameraId)"
            )
        except self._dynamodb.exceptions.ConditionalCheckFailedException as error:
            raise CameraExists(camera.camera_id) from error

    def change(self, before: RegisteredCamera, camera: Camera, now: datetime) -> RegisteredCamera:
        """Store other settings for a camera read before. Raises CameraChanged where somebody was quicker.

        Earlier timings whose quarter hours are closed, and that are older than HISTORY, are dropped here.
        """
        closed = before.closed_until or camera.since
        keep = tuple(change for change in camera.previous if change.until > min(closed, now - HISTORY))
        camera = replace(camera, previous=keep)
        after = replace(before, camera=camera, revision=before.revision + 1)
        settings = _settings_item(camera) | to_item({"Revision": after.revision})
        gone = [name for name in SETTINGS if name not in settings]
        expression = "SET " + ", ".join(f"#{name} = :{name}" for name in settings)
        if gone:
            expression += " REMOVE " + ", ".join(f"#{name}" for name in gone)
        try:
            self._dynamodb.update_item(
                TableName=self._table,
                Key=_key(camera.camera_id),
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
        """Forget a camera; its rows stay. Raises UnknownCamera."""
        answer = self._dynamodb.delete_item(
            TableName=self._table, Key=_key(camera_id), ReturnValues="ALL_OLD"
        )
        if "Attributes" not in answer:
            raise UnknownCamera(camera_id)

    def lease(self, camera_id: str, owner: str, now: datetime, duration: timedelta) -> RegisteredCamera:
        """Take the camera's pull lease and read it in one call. Raises LeaseHeld or UnknownCamera."""
        values = {":owner": owner, ":now": to_millis(now), ":expires": to_millis(now + duration)}
        try:
            answer = self._dynamodb.update_item(
                TableName=self._table,
                Key=_key(camera_id),
                UpdateExpression="SET LeaseOwner = :owner, LeaseExpires = :expires",
                ConditionExpression="attribute_exists(CameraId) AND (attribute_not_exists(LeaseOwner)"
                " OR LeaseExpires <= :now OR LeaseOwner = :owner)",
                ExpressionAttributeValues=to_item(values),
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self._dynamodb.exceptions.ConditionalCheckFailedException as error:
            raise (LeaseHeld if "Item" in error.response else UnknownCamera)(camera_id) from error
        return registered_from_item(answer["Attributes"])

    def record_look(self, camera_id: str, owner: str, look: Look) -> None:
        """Store how far the pull has come. Raises LeaseLost."""
        values = {
            ":owner": owner,
            ":until": to_text(look.until) if look.until else None,
            ":taken": [to_millis(instant) for instant in look.taken],
            ":pending": look.pending,
        }
        self._as_owner(camera_id, "SET LookedUntil = :until, Taken = :taken, Pending = :pending", values)

    def release(self, camera_id: str, owner: str) -> None:
        """Give the lease back. Raises LeaseLost."""
        self._as_owner(camera_id, "REMOVE LeaseOwner, LeaseExpires", {":owner": owner})

    def record_closed(self, camera_id: str, before: datetime | None, until: datetime) -> bool:
        """Move `closed_until` on from `before`; False where another closing did so already."""
        condition = "ClosedUntil = :before" if before else "attribute_not_exists(ClosedUntil)"
        values = {":until": to_text(until), ":before": to_text(before) if before else None}
        try:
            self._dynamodb.update_item(
                TableName=self._table,
                Key=_key(camera_id),
                UpdateExpression="SET ClosedUntil = :until",
                ConditionExpression=f"attribute_exists(CameraId) AND {condition}",
                ExpressionAttributeValues=to_item(values),
            )
        except self._dynamodb.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def _as_owner(self, camera_id: str, expression: str, values: Mapping[str, Any]) -> None:
        try:
            self._dynamodb.update_item(
                TableName=self._table,
                Key=_key(camera_id),
                UpdateExpression=expression,
                ConditionExpression="LeaseOwner = :owner",
                ExpressionAttributeValues=to_item(values),
            )
        except self._dynamodb.exceptions.ConditionalCheckFailedException as error:
            raise LeaseLost(camera_id) from error


SETTINGS = (
    "StoreId", "Since", "Source", "StreamName", "Mode", "Area", "Zones", "Ignore", "MinConfidence",
    "SampleEvery", "TimeZone", "OpeningHours", "Enabled", "Previous", "OriginalDeepLens", "Sender",
)  # fmt: skip


def registered_from_item(item: Item) -> RegisteredCamera:
    """Read a registry item. Raises InvalidCamera where somebody wrote it by hand, and wrongly."""
    values = from_item(item)
    try:
        look = Look(
            until=_optional_time(values.get("LookedUntil")),
            taken=tuple(from_millis(millis) for millis in values.get("Taken", ())),
            pending=values.get("Pending", False),
        )
        closed_until = _optional_time(values.get("ClosedUntil"))
        return RegisteredCamera(_camera(values), values.get("Revision", 1), look, closed_until)
    except InvalidCamera:
        raise
    except KeyError as error:
        raise InvalidCamera(values["CameraId"], [f"its registry item has no {error.args[0]}"]) from error
    except (ValueError, TypeError) as error:
        raise InvalidCamera(values["CameraId"], [f"its registry item cannot be read: {error}"]) from error


def _readable(item: Item) -> RegisteredCamera | InvalidCamera:
    try:
        return registered_from_item(item)
    except InvalidCamera as error:
        return error


def _camera(values: Mapping[str, Any]) -> Camera:
    return Camera(
        camera_id=values["CameraId"],
        store_id=values["StoreId"],
        since=from_text(values["Since"]),
        source=Source(values["Source"]),
        stream_name=values.get("StreamName"),
        mode=Mode(values["Mode"]),
        area=values["Area"],
        zones=_polygons(values["Zones"]),
        ignore=_polygons(values["Ignore"]),
        min_confidence=float(values["MinConfidence"]),
        sampling=_sampling(values),
        previous=tuple(
            Change(from_text(change["Until"]), _sampling(change)) for change in values["Previous"]
        ),
        original_deeplens=values.get("OriginalDeepLens", False),
    )


def _settings_item(camera: Camera) -> Item:
    return to_item(
        {
            "StoreId": camera.store_id,
            "Since": to_text(camera.since),
            "Source": camera.source.value,
            "StreamName": camera.stream_name,
            "Mode": camera.mode.value,
            "Area": camera.area,
            "Zones": camera.zones,
            "Ignore": camera.ignore,
            "MinConfidence": camera.min_confidence,
            **_sampling_values(camera.sampling),
            "Previous": [
                {"Until": to_text(change.until), **_sampling_values(change.sampling)}
                for change in camera.previous
            ],
            "OriginalDeepLens": camera.original_deeplens,
            "Sender": camera.sender,
        }
    )


def _sampling(values: Mapping[str, Any]) -> Sampling:
    return Sampling(
        sample_every=values["SampleEvery"],
        time_zone=values["TimeZone"],
        opening_hours=opening_hours.from_map(values["OpeningHours"]),
        enabled=values["Enabled"],
    )


def _sampling_values(sampling: Sampling) -> dict[str, Any]:
    return {
        "SampleEvery": sampling.sample_every,
        "TimeZone": sampling.time_zone,
        "OpeningHours": sampling.opening_hours.to_map(),
        "Enabled": sampling.enabled,
    }


def _polygons(values: Mapping[str, Any]) -> dict[str, tuple[tuple[float, float], ...]]:
    return {name: tuple((float(x), float(y)) for x, y in points) for name, points in values.items()}


def _optional_time(text: str | None) -> datetime | None:
    return from_text(text) if text else None


def _key(camera_id: str) -> Item:
    return to_item({"CameraId": camera_id})
