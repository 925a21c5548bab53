"""What the handlers use of AWS: calls, DynamoDB's request units, log bytes, custom metrics."""

import io
import json
import logging
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from functools import cached_property
from math import ceil
from threading import Lock
from typing import TYPE_CHECKING, Any

import boto3

from tests.chain import RandomKiller

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Item = Mapping[str, Mapping[str, Any]]
SERVICES = ("schedule", "pull", "counter", "closing")
TABLES = ("CameraTable", "OccupancyTable", "QuarterHourTable", "StoreTable")
READ_UNIT, WRITE_UNIT = 4096, 1024  # bytes


@dataclass
class Usage:
    """What one function used."""

    invocations: int = 0
    calls: Counter[str] = field(default_factory=Counter)
    reads: defaultdict[tuple[str, str], float] = field(default_factory=lambda: defaultdict(float))
    """Read units by table and operation; the tables are named as in the template."""
    writes: Counter[str] = field(default_factory=Counter)
    """Write units by table, with its indexes."""
    log_bytes: int = 0
    metrics: set[tuple[str, ...]] = field(default_factory=set)
    """Name and dimensions: what CloudWatch bills as one custom metric."""
    values: Counter[str] = field(default_factory=Counter)
    """The sums of the counters in the log, by name."""


def item_bytes(item: Item) -> int:
    """The size of an item, as DynamoDB counts it ("DynamoDB item sizes and formats")."""
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def _value_bytes(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    if kind == "N":
        return (len(content.lstrip("-").replace(".", "")) + 1) // 2 + 1
    if kind == "S":
        return len(content.encode())
    if kind == "NS":
        return sum(_value_bytes({"N": number}) for number in content)
    if kind == "L":
        return 3 + sum(1 + _value_bytes(entry) for entry in content)
    if kind == "M":
        return 3 + sum(1 + len(name.encode()) + _value_bytes(entry) for name, entry in content.items())
    return 1  # BOOL, NULL


class Meter(RandomKiller):
    """Counts the calls of all clients that boto3's default session makes from now on; it kills nobody.

    `function` is the one that runs now. DynamoDB's units follow from the sizes of the items and from the
    table's indexes ("Read and write operations", "Using Global Secondary Indexes": "provisioned throughput").
    """

    def __init__(self) -> None:
        self.function = ""
        self.usage: defaultdict[str, Usage] = defaultdict(Usage)
        self._lock = Lock()

    def watch(self) -> None:
        """Count the calls of the clients that the function which starts now makes: its session is its own."""
        assert boto3.DEFAULT_SESSION is not None
        boto3.DEFAULT_SESSION.events.register("before-parameter-build", self._before)
        boto3.DEFAULT_SESSION.events.register("after-call", self._after)

    @contextmanager
    def running(self, function: str) -> Iterator[None]:
        """An invocation of a function; what it prints goes to its log."""
        self.function, output = function, io.StringIO()
        with redirect_stdout(output), _logs_to(output):
            yield
        usage = self.usage[function]
        usage.invocations += 1
        usage.log_bytes += len(output.getvalue().encode())
        for line in output.getvalue().splitlines():
            _read_line(json.loads(line), usage)

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        """A client that is not counted."""
        return boto3.Session().client("dynamodb")

    @cached_property
    def _indexes(self) -> dict[str, Any]:
        return {}

    def _before(self, params: Mapping[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
        context["cost"] = dict(params)
        if model.name == "UpdateItem":
            context["cost_before"] = self._item(params)

    def _after(self, model: Any, context: dict[str, Any], **_: Any) -> None:
        params, service = context.get("cost", {}), model.service_model.service_name
        usage = self.usage[self.function]
        if service == "dynamodb":
            read, written = self._units(model.name, params, context.get("cost_before"))
            table = self._name(params.get("TableName") or next(iter(params["RequestItems"])))
            with self._lock:
                usage.reads[table, model.name] += read
                usage.writes[table] += written
        with self._lock:
            usage.calls[f"{service}:{model.name}"] += 1

    def _name(self, table: str) -> str:
        """The logical id of a table, which CloudFormation puts into its name."""
        (name,) = (known for known in TABLES if f"-{known}-" in table)
        return name

    def _units(self, operation: str, params: Mapping[str, Any], before: Item | None) -> tuple[float, int]:
        if operation == "PutItem":
            return 0.0, ceil(item_bytes(params["Item"]) / WRITE_UNIT)
        if operation == "DeleteItem":
            return 0.0, 1  # of a mark; its size is not known here
        if operation == "UpdateItem":
            return 0.0, self._update_units(params, before or {}, self._item(params) or {})
        share = 1.0 if params.get("ConsistentRead") else 0.5
        if operation == "GetItem":
            return share * max(1, ceil(item_bytes(self._item(params) or {}) / READ_UNIT)), 0
        if operation in {"Query", "Scan"}:
            whole = self._without_projection(operation, params)
            return share * max(1, ceil(sum(map(item_bytes, whole)) / READ_UNIT)), 0
        if operation == "BatchGetItem":
            return self._batch_units(params["RequestItems"]), 0
        raise NotImplementedError(f"the units of {operation} are not known here: add them")

    def _update_units(self, params: Mapping[str, Any], before: Item, after: Item) -> int:
        units = ceil(max(item_bytes(before), item_bytes(after)) / WRITE_UNIT)
        for index in self._indexes_of(params["TableName"]):
            old, new = _projected(index, before), _projected(index, after)
            if old != new:
                units += ceil(max(item_bytes(old), item_bytes(new), 1) / WRITE_UNIT)
        return units

    def _batch_units(self, requested: Mapping[str, Any]) -> float:
        units = 0.0
        for table, request in requested.items():
            share = 1.0 if request.get("ConsistentRead") else 0.5
            for key in request["Keys"]:
                item = self._item({"TableName": table, "Key": key})
                units += share * max(1, ceil(item_bytes(item or {}) / READ_UNIT))
        return units

    def _without_projection(self, operation: str, params: Mapping[str, Any]) -> list[Item]:
        """The items that a call read; leaving out attributes or items does not make it cheaper."""
        names = {
            placeholder: name
            for placeholder, name in params.get("ExpressionAttributeNames", {}).items()
            if placeholder in params.get("KeyConditionExpression", "")
        }
        left_out = {"ProjectionExpression", "ExpressionAttributeNames", "FilterExpression"}
        asked = {name: value for name, value in params.items() if name not in left_out}
        if operation == "Query":
            condition, values = params["KeyConditionExpression"], params["ExpressionAttributeValues"]
            asked["ExpressionAttributeValues"] = {
                name: value for name, value in values.items() if name in condition
            }
        if names:
            asked["ExpressionAttributeNames"] = names
        call: Any = self.dynamodb.query if operation == "Query" else self.dynamodb.scan
        items: list[Item] = call(**asked)["Items"]
        return items

    def _indexes_of(self, table: str) -> list[Any]:
        if table not in self._indexes:
            described = self.dynamodb.describe_table(TableName=table)["Table"]
            self._indexes[table] = described.get("GlobalSecondaryIndexes", [])
        found: list[Any] = self._indexes[table]
        return found

    def _item(self, params: Mapping[str, Any]) -> Item | None:
        return self.dynamodb.get_item(
            TableName=params["TableName"], Key=params["Key"], ConsistentRead=True
        ).get("Item")


@contextmanager
def _logs_to(output: io.StringIO) -> Iterator[None]:
    """Powertools' loggers keep the stdout of their creation: let them write here meanwhile."""
    handlers = [
        handler
        for service in SERVICES
        for handler in logging.getLogger(service).handlers
        if isinstance(handler, logging.StreamHandler)
    ]
    before = [handler.setStream(output) for handler in handlers]
    try:
        yield
    finally:
        for handler, stream in zip(handlers, before, strict=True):
            if stream is not None:
                handler.setStream(stream)


def _projected(index: Mapping[str, Any], item: Item) -> Item:
    """What an index holds of an item: nothing if the item lacks a key of the index."""
    keys = [key["AttributeName"] for key in index["KeySchema"]]
    if any(key not in item for key in keys):
        return {}
    projection = index["Projection"]
    if projection["ProjectionType"] == "ALL":
        return item
    names = {*keys, "CameraId", *projection.get("NonKeyAttributes", [])}
    return {name: value for name, value in item.items() if name in names}


def _read_line(record: Mapping[str, Any], usage: Usage) -> None:
    """Add the counters of a log line, and what it declares as metrics."""
    for name, value in record.items():
        number = value[0] if isinstance(value, list) and len(value) == 1 else value
        if name[0].isupper() and isinstance(number, int | float):
            usage.values[name] += int(number)
    for directive in record.get("_aws", {}).get("CloudWatchMetrics", ()):
        for dimensions in directive["Dimensions"]:
            keys = [f"{key}={record[key]}" for key in sorted(dimensions)]
            usage.metrics |= {(metric["Name"], *keys) for metric in directive["Metrics"]}
