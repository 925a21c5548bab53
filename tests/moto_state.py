"""The contents of moto's services, read and written without a client: a call through botocore takes ms."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Protocol

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.s3.models import s3_backends
from moto.sqs.models import sqs_backends

from ingest.aws.dynamodb import Item

REGION = "us-east-1"


@dataclass(frozen=True)
class Snapshot:
    """The contents of all tables and of a bucket; the queue is empty."""

    tables: Any
    objects: Mapping[str, bytes]


class Tables(Protocol):
    """The contents of all tables: moto's, or those of a DynamoDB that is served."""

    def items(self, table: str) -> Iterator[Item]:
        """All items of a table, in no order."""

    def put_item(self, table: str, item: Item) -> None:
        """Store an item; one with the same key is replaced."""

    def copy(self) -> Any:
        """The items of each table."""

    def restore(self, copy: Any) -> None:
        """Return to the contents of a copy."""


class MotoTables:
    """The tables of the current `mock_aws`."""

    def items(self, table: str) -> Iterator[Item]:
        """All items of a table, in no order."""
        return (item.to_json()["Attributes"] for item in self._tables[table].all_items())

    def put_item(self, table: str, item: Item) -> None:
        """Store an item; one with the same key is replaced."""
        self._tables[table].put_item(item)

    def copy(self) -> Mapping[str, Any]:
        """The items of each table, as moto holds them."""
        return {name: deepcopy(table.items) for name, table in self._tables.items()}

    def restore(self, copy: Mapping[str, Any]) -> None:
        """Return to the contents of a copy."""
        for name, items in copy.items():
            self._tables[name].items = deepcopy(items)

    @property
    def _tables(self) -> Any:
        return dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables


class MotoState:
    """The tables, one bucket and one queue of the current `mock_aws`; the tables may be elsewhere."""

    def __init__(self, bucket: str, queue: str, tables: Tables | None = None) -> None:
        self._bucket = bucket
        self._queue = queue
        self._tables = tables or MotoTables()

    def put(self, key: str, body: bytes) -> None:
        """Store an object; one with the same key is replaced."""
        self._s3.put_object(self._bucket, key, body)

    def get(self, key: str) -> bytes | None:
        """An object, or None."""
        found = self._s3.get_object(self._bucket, key)
        return bytes(found.value) if found is not None else None

    def keys(self) -> list[str]:
        """The keys of the bucket, in order."""
        return sorted(self._s3.buckets[self._bucket].keys)

    def items(self, table: str) -> Iterator[Item]:
        """All items of a table, in no order."""
        return self._tables.items(table)

    def put_item(self, table: str, item: Item) -> None:
        """Store an item; one with the same key is replaced."""
        self._tables.put_item(table, item)

    def messages(self) -> list[tuple[str, dict[str, str]]]:
        """The messages of the queue: (body, text attributes)."""
        return [
            (message.body, {name: value["StringValue"] for name, value in message.message_attributes.items()})
            for message in self._sqs.queues[self._queue]._messages
        ]

    def take_messages(self) -> list[tuple[str, dict[str, str]]]:
        """As `messages`, and empty the queue."""
        found = self.messages()
        # Not purge_queue: it refuses to run twice within a minute.
        queue = self._sqs.queues[self._queue]
        queue._messages, queue._pending_messages = [], set()
        return found

    def remove_objects(self) -> None:
        """Empty the bucket."""
        for key in self.keys():
            self._s3.delete_object(self._bucket, key)

    def forget_objects(self) -> None:
        """Empty the bucket, with all former versions."""
        self._s3.buckets[self._bucket].keys.clear()

    def versions(self) -> dict[str, list[Any]]:
        """All versions of each object, as moto holds them."""
        kept = self._s3.buckets[self._bucket].keys
        return {key: list(kept.getlist(key)) for key in kept}

    def restore_versions(self, versions: Mapping[str, list[Any]]) -> None:
        """Return to what `versions` gave."""
        kept = self._s3.buckets[self._bucket].keys
        kept.clear()
        for key, found in versions.items():
            kept.setlist(key, list(found))

    def snapshot(self) -> Snapshot:
        """Copy the tables and the bucket; the queue must be empty."""
        assert not self.messages()
        return Snapshot(self._tables.copy(), {key: self.get(key) or b"" for key in self.keys()})

    def restore(self, snapshot: Snapshot) -> None:
        """Return to the contents of a snapshot, with an empty queue."""
        self._tables.restore(snapshot.tables)
        self.remove_objects()
        for key, body in snapshot.objects.items():
            self.put(key, body)
        self.take_messages()

    @property
    def _s3(self) -> Any:
        return s3_backends[DEFAULT_ACCOUNT_ID]["aws"]

    @property
    def _sqs(self) -> Any:
        return sqs_backends[DEFAULT_ACCOUNT_ID][REGION]
