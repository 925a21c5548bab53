"""The state items of the registry's table: the pull's lease and cursor, and what the closing has closed.

Only the holder of a camera's lease writes the cursor; only the closing writes what is closed, with
compare-and-set.

In the items of earlier versions the state is part of the camera's item. The first pull of such a camera moves
it: it takes the earlier lease, copies the cursor, and leaves a lease in the camera's item that a function of
an earlier version cannot take. So during a deploy, when both versions run, each camera is pulled by one of
them at a time, and each goes on where the other stopped.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ingest.aws.dynamodb import Item, to_item
from ingest.registry.camera import is_camera_id
from ingest.registry.items import from_registry_item, key_item
from ingest.registry.registered import ImageMemory, PullCursor, RegisteredCamera
from ingest.registry.registry_errors import LeaseHeld, LeaseLost, UnknownCamera
from ingest.registry.state_items import (
    CURSOR,
    MOVED,
    STREAM,
    cursor_values,
    image_memory_values,
    is_moved,
    state_key,
)
from ingest.times import MILLISECOND, to_millis, to_text

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MOVED_FOR = timedelta(minutes=15)
"""How long functions of an earlier version leave a camera alone after its state was moved.

Longer than any of them runs after a deploy. If the deploy is rolled back, they go on after this time.
"""

LEASE = ("LeaseOwner", "LeaseExpires")
FREE = "(attribute_not_exists(LeaseOwner) OR LeaseExpires <= :now OR LeaseOwner = :owner)"
NOT_MOVED = "(attribute_not_exists(LeaseOwner) OR LeaseOwner <> :moved)"
LEFT_BEHIND = "LookedUntil"
"""The part of the cursor that stays in the camera's item as well: by it, a closing of an earlier version
tells whether an instant without a row was pulled."""


@dataclass(frozen=True)
class _Lease:
    """A lease that is to be taken, in the values of an item."""

    owner: str
    now: int
    expires: int

    @property
    def attributes(self) -> Item:
        """What the item of a leased camera has."""
        return to_item({"LeaseOwner": self.owner, "LeaseExpires": self.expires})

    @property
    def compared(self) -> dict[str, Any]:
        """The values in the condition FREE."""
        return {"owner": self.owner, "now": self.now}


class CameraStates:
    """The state items of a registry table. Threads may share the client."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def lease(self, camera_id: str, owner: str, now: datetime, duration: timedelta) -> RegisteredCamera:
        """Take the camera's pull lease, and read it. Raises LeaseHeld, UnknownCamera, InvalidCamera."""
        lease = _Lease(owner, to_millis(now), to_millis(now + duration))
        item = self._camera_item(camera_id)
        if not is_moved(item):
            return self._move(camera_id, lease)
        state = self._lease_state(camera_id, lease, "attribute_exists(CameraId)")
        if state is None and self._read(state_key(camera_id)) is None:
            # Deleted by hand, or the camera has just been removed together with its state.
            self._camera_item(camera_id)
            state = self._lease_state(camera_id, lease, "attribute_not_exists(CameraId)")
        if state is None:
            raise LeaseHeld(camera_id)
        return from_registry_item(item, state)

    def record_cursor(self, camera_id: str, owner: str, cursor: PullCursor, *, release: bool = False) -> None:
        """Store how far the pull has come; with `release`, release the lease. Raises LeaseLost."""
        self._write_as_owner(camera_id, owner, cursor_values(cursor), LEASE if release else ())

    def record_image_memory(self, camera_id: str, owner: str, memory: ImageMemory) -> None:
        """Store the instants that GetImages is about to be called for. Raises LeaseLost."""
        self._write_as_owner(camera_id, owner, image_memory_values(memory))

    def release(self, camera_id: str, owner: str, *, forget_stream: bool = False) -> None:
        """Release the lease; delete what KVS said about the stream if it proved wrong. Raises LeaseLost."""
        self._write_as_owner(camera_id, owner, {STREAM: None} if forget_stream else {}, LEASE)

    def record_closed(self, camera_id: str, before: datetime | None, until: datetime) -> bool:
        """Move `closed_until` on from `before`; False if another closing already did."""
        if self._close(camera_id, before, until, "attribute_exists(CameraId)"):
            return True
        if self._read(state_key(camera_id)) or not self._read(key_item(camera_id)):
            return False
        return self._close(camera_id, before, until, "attribute_not_exists(CameraId)")

    def _close(self, camera_id: str, before: datetime | None, until: datetime, condition: str) -> bool:
        # `before` may be from the camera's item: an earlier version wrote it there.
        compare = " OR ClosedUntil <= :before" if before else ""
        condition += f" AND (attribute_not_exists(ClosedUntil){compare})"
        compared = {"before": to_text(before)} if before else {}
        changes = to_item({"ClosedUntil": to_text(until)})
        return self._update(state_key(camera_id), changes, (), condition, compared) is not None

    def _read(self, key: Item) -> Item | None:
        return self._dynamodb.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item")

    def _camera_item(self, camera_id: str) -> Item:
        """The camera's item. Raises UnknownCamera, also for a name that no camera can have.

        The table has items with such keys, which are no cameras.
        """
        item = self._read(key_item(camera_id)) if is_camera_id(camera_id) else None
        if item is None:
            raise UnknownCamera(camera_id)
        return item

    def _lease_state(self, camera_id: str, lease: _Lease, condition: str) -> Item | None:
        """The state item, leased; None if the condition fails or another pull holds the lease."""
        condition += f" AND {FREE}"
        return self._update(state_key(camera_id), lease.attributes, (), condition, lease.compared)

    def _move(self, camera_id: str, lease: _Lease) -> RegisteredCamera:
        """Move the cursor from the camera's item to its state item, and lease that.

        If it is killed in between, the next pull does all of it again: the camera's item is leased until the
        end, so the cursor in it is still the newest. Raises LeaseHeld, LeaseLost and InvalidCamera.
        """
        condition = f"attribute_exists(CameraId) AND {NOT_MOVED} AND {FREE}"
        compared = {**lease.compared, "moved": MOVED}
        old = self._update(key_item(camera_id), lease.attributes, (), condition, compared)
        if old is None:
            raise LeaseHeld(camera_id)
        copied = {name: old[name] for name in CURSOR if name in old}
        absent = [name for name in CURSOR if name not in old]
        state = self._update(state_key(camera_id), copied | lease.attributes, absent, FREE, lease.compared)
        if state is None:
            raise LeaseHeld(camera_id)
        blocked = to_item({"LeaseOwner": MOVED, "LeaseExpires": lease.now + MOVED_FOR // MILLISECOND})
        moved = [name for name in copied if name != LEFT_BEHIND]
        mine = {"owner": lease.owner}
        item = self._update(key_item(camera_id), blocked, moved, "LeaseOwner = :owner", mine)
        if item is None:
            raise LeaseLost(camera_id)
        return from_registry_item(item, state)

    def _write_as_owner(
        self, camera_id: str, owner: str, attributes: Mapping[str, Any], gone: Collection[str] = ()
    ) -> None:
        """Set these attributes; remove those that are None, and those that are `gone`. Raises LeaseLost."""
        removed = [*gone, *(name for name, value in attributes.items() if value is None)]
        changes, condition = to_item(attributes), "LeaseOwner = :owner"
        if self._update(state_key(camera_id), changes, removed, condition, {"owner": owner}) is None:
            raise LeaseLost(camera_id)

    def _update(
        self, key: Item, changes: Item, gone: Collection[str], condition: str, compared: Mapping[str, Any]
    ) -> Item | None:
        """Set `changes` and remove `gone`; return the item, or None if the condition fails."""
        expression = "SET " + ", ".join(f"{name} = :{name}" for name in changes) if changes else ""
        if gone:
            expression += " REMOVE " + ", ".join(gone)
        values = changes | to_item(compared)
        try:
            answer = self._dynamodb.update_item(
                TableName=self._table,
                Key=key,
                UpdateExpression=expression,
                ConditionExpression=condition,
                ExpressionAttributeValues={f":{name}": value for name, value in values.items()},
                ReturnValues="ALL_NEW",
            )
        except self._dynamodb.exceptions.ConditionalCheckFailedException:
            return None
        return answer["Attributes"]
