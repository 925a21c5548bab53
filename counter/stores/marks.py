"""Marks of days whose history must be written again.

Whoever puts a roll-up more than LATE after its quarter hour has ended then marks it, whether or not the put
won, and before the frame is deleted. The closing reads a mark before it reads the roll-ups, writes the day,
and then removes the mark only if its value is still the same: a roll-up that came meanwhile keeps its mark.

There is one item for each camera and day in UTC, with the numbers of its marked quarter hours (0..95), so
that a writer need not know the store's time zone. Setting a mark is one UpdateItem, without a condition.
"""

import secrets
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from counter.stores.day_marks import DayMark, JoinMark, Marks
from counter.stores.items import entry_key
from ingest.aws.dynamodb import Item, from_item, to_item
from ingest.times import QUARTER_HOUR

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

LATE = timedelta(minutes=10)
"""How long after its end a quarter hour's roll-up needs no mark: no day that holds it has been written."""

_MARK, _JOIN = "mark#", "mark#join#"


def is_late(quarter_start: datetime, now: datetime) -> bool:
    """Whether a roll-up that is put at `now` must be marked."""
    return now > quarter_start + QUARTER_HOUR + LATE


class MarkTable:
    """The marks in the store table. Threads may share the client."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def mark(self, store_id: str, camera_id: str, quarters: Iterable[datetime]) -> None:
        """Mark quarter hours of a camera, given by their starts."""
        for day, numbers in _by_utc_day(quarters).items():
            self._dynamodb.update_item(
                TableName=self._table,
                Key=_mark_key(store_id, day, camera_id),
                UpdateExpression="SET #value = :value ADD Quarters :quarters",
                ExpressionAttributeNames={"#value": "Value"},
                ExpressionAttributeValues=to_item({":value": new_value(), ":quarters": numbers}),
            )

    def mark_waiting(self, store_id: str, camera_id: str, quarter: datetime) -> None:
        """Mark a quarter hour of a camera that is not closed; a mark that is there already stays as it is."""
        ((day, numbers),) = _by_utc_day([quarter]).items()
        try:
            self._dynamodb.update_item(
                TableName=self._table,
                Key=_mark_key(store_id, day, camera_id),
                UpdateExpression="SET #value = :value, Waits = :value ADD Quarters :quarters",
                ConditionExpression="attribute_not_exists(StoreId)",
                ExpressionAttributeNames={"#value": "Value"},
                ExpressionAttributeValues=to_item({":value": new_value(), ":quarters": numbers}),
            )
        except self._dynamodb.exceptions.ConditionalCheckFailedException:
            return

    def mark_join(self, store_id: str, month: str) -> None:
        """Mark a month whose days have changed."""
        item = entry_key(store_id, _JOIN + month) | to_item({"Value": new_value()})
        self._dynamodb.put_item(TableName=self._table, Item=item)

    def of_store(self, store_id: str) -> Marks:
        """All marks of a store; a consistent read."""
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="StoreId = :store AND begins_with(Entry, :prefix)",
            ExpressionAttributeValues=to_item({":store": store_id, ":prefix": _MARK}),
            ConsistentRead=True,
        )
        marks = [_mark(item) for page in pages for item in page["Items"]]
        return Marks(
            tuple(mark for mark in marks if isinstance(mark, DayMark)),
            tuple(mark for mark in marks if isinstance(mark, JoinMark)),
        )

    def remove(self, mark: DayMark, quarters: Iterable[datetime]) -> bool:
        """Remove quarter hours from a mark, the whole mark with its last; False if its value has changed."""
        done = mark.quarters.intersection(quarters)
        key = _mark_key(mark.store_id, mark.day, mark.camera_id)
        if done == mark.quarters:
            return self._delete(key, mark.value)
        numbers = {number for group in _by_utc_day(done).values() for number in group}
        return self._change(key, mark.value, "DELETE Quarters :quarters", {":quarters": numbers})

    def keep_waiting(self, mark: DayMark) -> bool:
        """Note that its days were written as far as the camera is closed; False if its value has changed."""
        key = _mark_key(mark.store_id, mark.day, mark.camera_id)
        return self._change(key, mark.value, "SET Waits = :value", {})

    def remove_join(self, mark: JoinMark) -> bool:
        """Remove the mark of a month; False if its value has changed."""
        return self._delete(entry_key(mark.store_id, _JOIN + mark.month), mark.value)

    def _change(self, key: Item, value: str, expression: str, more: Mapping[str, Any]) -> bool:
        try:
            self._dynamodb.update_item(
                TableName=self._table,
                Key=key,
                UpdateExpression=expression,
                ConditionExpression="#value = :value",
                ExpressionAttributeNames={"#value": "Value"},
                ExpressionAttributeValues=to_item({":value": value, **more}),
            )
        except self._dynamodb.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def _delete(self, key: Item, value: str) -> bool:
        try:
            self._dynamodb.delete_item(
                TableName=self._table,
                Key=key,
                ConditionExpression="#value = :value",
                ExpressionAttributeNames={"#value": "Value"},
                ExpressionAttributeValues=to_item({":value": value}),
            )
        except self._dynamodb.exceptions.ConditionalCheckFailedException:
            return False
        return True


def new_value() -> str:
    """A value that no other mark has."""
    return secrets.token_hex(8)


def _by_utc_day(quarters: Iterable[datetime]) -> dict[date, set[int]]:
    days: defaultdict[date, set[int]] = defaultdict(set)
    for start in quarters:
        moment = start.astimezone(UTC)
        days[moment.date()].add((moment - _midnight(moment.date())) // QUARTER_HOUR)
    return dict(sorted(days.items()))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), UTC)


def _mark_key(store_id: str, day: date, camera_id: str) -> Item:
    return entry_key(store_id, f"{_MARK}{day}#{camera_id}")


def _mark(item: Item) -> DayMark | JoinMark:
    values = from_item(item)
    entry: str = values["Entry"]
    if entry.startswith(_JOIN):
        return JoinMark(values["StoreId"], entry.removeprefix(_JOIN), values["Value"])
    text, _, camera_id = entry.removeprefix(_MARK).partition("#")
    day = date.fromisoformat(text)
    quarters = frozenset(_midnight(day) + int(number) * QUARTER_HOUR for number in values.get("Quarters", ()))
    waits = values.get("Waits") == values["Value"]
    return DayMark(values["StoreId"], day, camera_id, values["Value"], quarters, waits)
