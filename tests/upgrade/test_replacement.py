"""No resource of an earlier stack is replaced or lost by an update to today's template."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

import pytest

from infra.local.stack.template import load
from tests.upgrade.replacement import findings, immutable
from tests.upgrade.templates import earlier, resources

KEY = "arn:aws:kms:eu-central-1:123456789012:key/1"
PARAMETERS: list[dict[str, str]] = [{}, {"AlarmEmail": "shop@example.com", "KmsKeyArn": KEY}]

REMOVED = {
    "LooksFailedAlarm": "PullsFailedAlarm stands in for it: a share of the cameras instead of any one",
}
"""What an update removes, with the reason: nothing that holds data, and no name that somebody may use."""

HOLD_DATA = ("AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::SQS::Queue")


@pytest.mark.parametrize("parameters", PARAMETERS, ids=["defaults", "with e-mail and key"])
def test_an_update_replaces_nothing_and_removes_only_what_is_listed(parameters: dict[str, str]) -> None:
    old, new = resources(earlier(), parameters), resources(load(), parameters)
    assert findings(old, new) == [f"{name} is removed" for name in REMOVED]


def test_what_is_removed_holds_no_data() -> None:
    old = resources(earlier(), {})
    assert {old[name]["Type"] for name in REMOVED}.isdisjoint(HOLD_DATA)


def test_the_tables_the_bucket_and_the_queues_are_compared() -> None:
    held = sorted(name for name, it in resources(earlier(), {}).items() if it["Type"] in HOLD_DATA)
    assert held == [
        "CameraTable", "FrameBucket", "FrameDeadLetterQueue", "FrameQueue", "OccupancyTable",
        "PullDeadLetterQueue", "PullQueue", "QuarterHourTable",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("resource_type", "path"),
    [
        ("AWS::DynamoDB::Table", "TableName"),
        ("AWS::DynamoDB::Table", "KeySchema"),
        ("AWS::S3::Bucket", "BucketName"),
        ("AWS::SQS::Queue", "QueueName"),
        ("AWS::SQS::Queue", "FifoQueue"),
        ("AWS::Logs::LogGroup", "LogGroupName"),
        ("AWS::IAM::Role", "RoleName"),
        ("AWS::Lambda::Function", "FunctionName"),
        ("AWS::Lambda::EventSourceMapping", "EventSourceArn"),
    ],
)
def test_the_schemas_say_what_cannot_change(resource_type: str, path: str) -> None:
    assert (path,) in immutable(resource_type)


KEYS_ONLY = {"ProjectionType": "KEYS_ONLY"}


def _rename(logical_id: str) -> Callable[[dict[str, Any]], None]:
    return lambda stack: stack.update({f"{logical_id}2": stack.pop(logical_id)})


def _set(logical_id: str, **properties: Any) -> Callable[[dict[str, Any]], None]:
    return lambda stack: stack[logical_id]["Properties"].update(properties)


def _index(name: str, **more: Any) -> dict[str, Any]:
    key = [{"AttributeName": name, "KeyType": "HASH"}]
    return {"IndexName": name, "KeySchema": key, "Projection": {"ProjectionType": "ALL"}} | more


def _attributes(**types: str) -> list[dict[str, str]]:
    return [{"AttributeName": name, "AttributeType": kind} for name, kind in types.items()]


CHANGES: Mapping[str, tuple[Callable[[dict[str, Any]], None], list[str]]] = {
    "a table's logical id": (_rename("OccupancyTable"), ["OccupancyTable is removed"]),
    "a queue's logical id": (_rename("FrameQueue"), ["FrameQueue is removed"]),
    "a bucket's logical id": (_rename("FrameBucket"), ["FrameBucket is removed"]),
    "a table's name": (_set("CameraTable", TableName="cameras"), ["CameraTable is replaced: TableName"]),
    "a bucket's name": (_set("FrameBucket", BucketName="frames"), ["FrameBucket is replaced: BucketName"]),
    "a queue's name": (_set("PullQueue", QueueName="pulls"), ["PullQueue is replaced: QueueName"]),
    "a FIFO queue": (_set("FrameQueue", FifoQueue=True), ["FrameQueue is replaced: FifoQueue"]),
    "a table's key": (
        _set("QuarterHourTable", KeySchema=[{"AttributeName": "CameraId", "KeyType": "HASH"}]),
        ["QuarterHourTable is replaced: KeySchema"],
    ),
    "the type of a key": (
        _set("OccupancyTable", AttributeDefinitions=_attributes(CameraId="S", TimeStamp="N")),
        ["OccupancyTable is replaced: the type of TimeStamp"],
    ),
    "a local index": (
        _set("OccupancyTable", LocalSecondaryIndexes=[{"IndexName": "Store"}]),
        ["OccupancyTable is replaced: LocalSecondaryIndexes"],
    ),
    "an index's projection": (
        _set("CameraTable", GlobalSecondaryIndexes=[_index("Sender", Projection=KEYS_ONLY)]),
        ["CameraTable cannot be updated: index Sender changes"],
    ),
    "one index for another": (
        _set("CameraTable", GlobalSecondaryIndexes=[_index("StoreId")]),
        ["CameraTable cannot be updated: more than one index comes or goes"],
    ),
    "one index more": (_set("CameraTable", GlobalSecondaryIndexes=[_index("Sender"), _index("StoreId")]), []),
    "a table that a deletion takes along": (
        lambda stack: stack["OccupancyTable"].pop("DeletionPolicy"),
        ["OccupancyTable is no longer kept: DeletionPolicy"],
    ),
    "a type": (
        lambda stack: stack["OccupancyTable"].update(Type="AWS::DynamoDB::GlobalTable"),
        ["OccupancyTable is replaced: Type"],
    ),
    "a function's queue": (
        _set("CounterFunctionFrames", EventSourceArn="${PullQueue.Arn}"),
        ["CounterFunctionFrames is replaced: EventSourceArn"],
    ),
    "what may change": (_set("FrameQueue", VisibilityTimeout=60), []),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_that_replaces_or_loses_something_is_found(change: str) -> None:
    make, expected = CHANGES[change]
    old = resources(load(), {})
    new = deepcopy(old)
    make(new)
    assert findings(old, new) == expected


def test_an_update_needs_no_new_value_and_the_outputs_keep_their_names() -> None:
    old, new = earlier(), load()
    parameters = new.body["Parameters"]
    assert all("Default" in parameter for parameter in parameters.values())
    assert old.body["Parameters"].keys() <= parameters.keys()
    types = {name: parameters[name]["Type"] for name in old.body["Parameters"]}
    assert types == {name: parameter["Type"] for name, parameter in old.body["Parameters"].items()}
    assert old.body["Outputs"].keys() <= new.body["Outputs"].keys()


@pytest.mark.parametrize("name", earlier().defaults())
def test_the_earlier_default_of_a_parameter_is_still_accepted(name: str) -> None:
    value, parameter = earlier().defaults()[name], load().body["Parameters"][name]
    assert value in map(str, parameter.get("AllowedValues", [value]))
    if parameter["Type"] == "Number":
        least, most = parameter.get("MinValue", value), parameter.get("MaxValue", value)
        assert float(least) <= float(value) <= float(most)
