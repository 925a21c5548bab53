"""DynamoDB in memory, with its throughput: what the registry and the tables of rows ask of it."""

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from tests.scale.calls import Calls, Throttle, error
from tests.scale.expressions import Item, condition, plain, updated

WRITES, READS = 4000.0, 12000.0
"""Units a second of a new on-demand table ("DynamoDB on-demand capacity mode", initial throughput)."""
PAGE_ITEMS = 1000
"""About a megabyte of registry items."""
SORTS = ("TimeStamp", "QuarterStart")


class ConditionalCheckFailedException(ClientError):
    """The condition of a write does not hold."""


class _Exceptions:
    ConditionalCheckFailedException = ConditionalCheckFailedException


class Table:
    """The items of a table by partition and sort key, and its throughput."""

    def __init__(self, calls: Calls) -> None:
        self.parts: defaultdict[str, dict[str, Item]] = defaultdict(dict)
        self.order: defaultdict[str, list[str]] = defaultdict(list)
        self._projected: dict[tuple[str, str], tuple[Item, Item]] = {}
        self.writes = Throttle(calls.clock, WRITES, WRITES)
        self.reads = Throttle(calls.clock, READS, READS)

    def put(self, item: Item) -> None:
        """Store an item."""
        part, sort = _part(item), _sort(item)
        if sort not in self.parts[part]:
            insort(self.order[part], sort)
        self.parts[part][sort] = item

    def projected(self, part: str, sort: str, names: Mapping[str, str]) -> Item:
        """An item with the attributes that the only projection of a table has; all of them without one."""
        item = self.parts[part][sort]
        if not names:
            return item
        before, projected = self._projected.get((part, sort), ({}, {}))
        if before is not item:
            projected = {name: item[name] for name in names.values() if name in item}
            self._projected[part, sort] = item, projected
        return projected

    def get(self, key: Item) -> Item | None:
        """The item of a key."""
        return self.parts.get(_part(key), {}).get(_sort(key))


class DynamoDB:
    """boto3's client; each process has its own, over the same `tables`."""

    exceptions = _Exceptions

    def __init__(self, calls: Calls, tables: defaultdict[str, Table]) -> None:
        self._calls = calls
        self._tables = tables

    def put_item(self, **asked: Any) -> dict[str, Any]:
        """Store an item if its condition holds."""

        def act() -> dict[str, Any]:
            table = self._writable(asked["TableName"])
            self._check(asked, table.get(asked["Item"]) or {})
            table.put(asked["Item"])
            return {}

        return self._calls.call("PutItem", act)

    def update_item(self, **asked: Any) -> dict[str, Any]:
        """Change an item if its condition holds."""

        def act() -> dict[str, Any]:
            table = self._writable(asked["TableName"])
            before = table.get(asked["Key"]) or {}
            self._check(asked, before)
            names = asked.get("ExpressionAttributeNames", {})
            values = asked.get("ExpressionAttributeValues", {})
            after = updated({**asked["Key"], **before}, asked["UpdateExpression"], names, values)
            table.put(after)
            return {"Attributes": after} if asked.get("ReturnValues") == "ALL_NEW" else {}

        return self._calls.call("UpdateItem", act)

    def get_item(self, **asked: Any) -> dict[str, Any]:
        """One item."""

        def act() -> dict[str, Any]:
            item = self._readable(asked["TableName"], 1).get(asked["Key"])
            return {"Item": item} if item else {}

        return self._calls.call("GetItem", act)

    def batch_get_item(self, **asked: Any) -> dict[str, Any]:
        """The items of some keys."""

        def act() -> dict[str, Any]:
            [(name, wanted)] = asked["RequestItems"].items()
            table = self._readable(name, len(wanted["Keys"]))
            found = (table.get(key) for key in wanted["Keys"])
            return {"Responses": {name: [item for item in found if item]}, "UnprocessedKeys": {}}

        return self._calls.call("BatchGetItem", act)

    def get_paginator(self, operation: str) -> "_Pages":
        """Pages of Scan or Query."""
        return _Pages(self.scan if operation == "scan" else self.query)

    def scan(self, **asked: Any) -> dict[str, Any]:
        """A page of all items."""

        def act() -> dict[str, Any]:
            table = self._readable(asked["TableName"], PAGE_ITEMS // 8)
            parts = list(table.parts.values())
            first = asked.get("First", 0)
            items = [item for part in parts[first : first + PAGE_ITEMS] for item in part.values()]
            return {"Items": items} | (
                {"Next": first + PAGE_ITEMS} if first + PAGE_ITEMS < len(parts) else {}
            )

        return self._calls.call("Scan", act)

    def query(self, **asked: Any) -> dict[str, Any]:
        """The items of a partition between :start and :last."""

        def act() -> dict[str, Any]:
            values = asked["ExpressionAttributeValues"]
            if not {":camera", ":start", ":last"} <= values.keys():
                return {"Items": []}  # of stores, days and rules: none are simulated, so no day is written
            part, first, last = (values[name]["S"] for name in (":camera", ":start", ":last"))
            table = self._tables[asked["TableName"]]
            sorts = table.order[part]
            chosen = sorts[bisect_left(sorts, first) : bisect_right(sorts, last)]
            self._readable(asked["TableName"], 1 + len(chosen) // 8)
            if not asked.get("ScanIndexForward", True):
                chosen.reverse()
            names = asked["ExpressionAttributeNames"] if "ProjectionExpression" in asked else {}
            return {"Items": [table.projected(part, sort, names) for sort in chosen]}

        return self._calls.call("Query", act)

    def _writable(self, name: str) -> Table:
        table = self._tables[name]
        if not table.writes.take(1):
            raise error("ProvisionedThroughputExceededException", 400)
        return table

    def _readable(self, name: str, units: float) -> Table:
        table = self._tables[name]
        if not table.reads.take(units):
            raise error("ProvisionedThroughputExceededException", 400)
        return table

    def _check(self, asked: dict[str, Any], item: Item) -> None:
        text = asked.get("ConditionExpression")
        names, values = asked.get("ExpressionAttributeNames", {}), asked.get("ExpressionAttributeValues", {})
        if text and not condition(text)(item, names, values):
            raise error("ConditionalCheckFailedException", 400, ConditionalCheckFailedException)


class _Pages:
    def __init__(self, page: Any) -> None:
        self._page = page

    def paginate(self, **asked: Any) -> Iterator[dict[str, Any]]:
        """Each page."""
        while True:
            answer = self._page(**asked)
            yield answer
            if "Next" not in answer:
                return
            asked["First"] = answer["Next"]


def _part(item: Item) -> str:
    return str(plain(item["CameraId"] if "CameraId" in item else next(iter(item.values()))))


def _sort(item: Item) -> str:
    return next((str(plain(item[name])) for name in SORTS if name in item), "")
