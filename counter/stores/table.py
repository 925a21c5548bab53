"""The store table in DynamoDB: the stores' own entries.

Only the operator writes settings, with a revision; only the closing writes how far the history is written.
"""

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from counter.stores.items import (
    STORE,
    entry_key,
    setting_values,
    store_from_item,
    store_item,
    store_or_error,
)
from counter.stores.store import InvalidStore, Store
from ingest.aws.dynamodb import to_item
from ingest.errors import OccupancyError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

STORES_INDEX = "Stores"


class StoreExists(OccupancyError):
    """A store of that name has an entry already."""

    def __init__(self, store_id: str) -> None:
        super().__init__(
            f"store {store_id!r} exists already: change it with `occupancy store set {store_id}`"
        )


class StoreChanged(OccupancyError):
    """Somebody else changed the store since it was read."""

    def __init__(self, store_id: str) -> None:
        super().__init__(f"store {store_id!r} was just changed by somebody else: look at it and try again")


class StoreTable:
    """The stores. Threads may share the client."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def get(self, store_id: str) -> Store | None:
        """A store, None if it has no entry; a consistent read. Raises InvalidStore."""
        answer = self._dynamodb.get_item(
            TableName=self._table, Key=entry_key(store_id, STORE), ConsistentRead=True
        )
        return store_from_item(answer["Item"]) if "Item" in answer else None

    def all(self) -> list[Store | InvalidStore]:
        """Every store, by name; an entry that cannot be read is given as its error.

        An index answers: a store that was added a moment ago may be missing.
        """
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName=self._table,
            IndexName=STORES_INDEX,
            KeyConditionExpression="Listed = :store",
            ExpressionAttributeValues=to_item({":store": STORE}),
        )
        return [store_or_error(item) for page in pages for item in page["Items"]]

    def add(self, store: Store) -> None:
        """Add a store. Raises StoreExists."""
        try:
            self._dynamodb.put_item(
                TableName=self._table,
                Item=store_item(store),
                ConditionExpression="attribute_not_exists(StoreId)",
            )
        except self._dynamodb.exceptions.ConditionalCheckFailedException as error:
            raise StoreExists(store.store_id) from error

    def change(self, before: Store, after: Store) -> Store:
        """Store new settings of a store that was read before. Raises StoreChanged if it has changed since."""
        after = replace(after, revision=before.revision + 1)
        written = self._update(
            before.store_id,
            setting_values(after) | {"Revision": after.revision},
            "#Revision = :before",
            {":before": before.revision},
        )
        if not written:
            raise StoreChanged(before.store_id)
        return after

    def record_next_day(self, store_id: str, before: date | None, after: date) -> bool:
        """Move the first unwritten day on from `before`; False if another closing already did."""
        condition = (
            "#NextDay = :before" if before else "attribute_exists(StoreId) AND attribute_not_exists(#NextDay)"
        )
        return self._update(
            store_id, {"NextDay": str(after)}, condition, {":before": str(before)} if before else {}
        )

    def _update(self, store_id: str, values: dict[str, Any], condition: str, more: dict[str, Any]) -> bool:
        """Set attributes of a store; False if the condition does not hold."""
        try:
            self._dynamodb.update_item(
                TableName=self._table,
                Key=entry_key(store_id, STORE),
                UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in values),
                ConditionExpression=condition,
                ExpressionAttributeNames={f"#{name}": name for name in values},
                ExpressionAttributeValues=to_item(
                    {f":{name}": value for name, value in values.items()} | more
                ),
            )
        except self._dynamodb.exceptions.ConditionalCheckFailedException:
            return False
        return True
