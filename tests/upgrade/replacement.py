"""Which resources CloudFormation would replace, remove or refuse to change in an update of a stack. Pure.

The properties that cannot change in place ("Update requires: Replacement") are those that CloudFormation's
schema of a resource type lists as `createOnlyProperties` and `conditionalCreateOnlyProperties`. cfn-lint
ships these schemas. What the schema of a table does not say is in AWS's page "AWS::DynamoDB::Table": an index
cannot change, and one update creates or deletes one index at most.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

Resources = Mapping[str, Mapping[str, Any]]
"""Logical id -> resource, its intrinsic functions written as texts."""

KEEPS = ("DeletionPolicy", "UpdateReplacePolicy")


def findings(old: Resources, new: Resources) -> list[str]:
    """What is lost or replaced when a stack of `old` is updated to `new`, one text for each fact."""
    return [finding for name in old for finding in _of_resource(name, old[name], new.get(name))]


def _of_resource(name: str, old: Mapping[str, Any], new: Mapping[str, Any] | None) -> Iterator[str]:
    if new is None:
        yield f"{name} is removed"
        return
    if old["Type"] != new["Type"]:
        yield f"{name} is replaced: Type"
        return
    yield from (
        f"{name} is no longer kept: {policy}" for policy in KEEPS if old.get(policy) != new.get(policy)
    )
    before, after = old.get("Properties", {}), new.get("Properties", {})
    for path in immutable(old["Type"]):
        if _at(before, path) != _at(after, path):
            yield f"{name} is replaced: {'.'.join(path)}"
    if old["Type"] == "AWS::DynamoDB::Table":
        yield from _of_table(name, before, after)


@cache
def immutable(resource_type: str) -> tuple[tuple[str, ...], ...]:
    """The paths of the properties of a type that cannot change in place."""
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", resource_type).schema
    pointers = [
        pointer
        for key in ("createOnlyProperties", "conditionalCreateOnlyProperties")
        for pointer in schema.get(key, [])
    ]
    return tuple(tuple(pointer.split("/")[2:]) for pointer in pointers)


def _of_table(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    types, types_after = _attribute_types(before), _attribute_types(after)
    for attribute in sorted(types):
        if types_after.get(attribute, types[attribute]) != types[attribute]:
            yield f"{name} is replaced: the type of {attribute}"
    if before.get("LocalSecondaryIndexes") != after.get("LocalSecondaryIndexes"):
        yield f"{name} is replaced: LocalSecondaryIndexes"
    indexes, indexes_after = _indexes(before), _indexes(after)
    changed = [
        index for index in indexes if index in indexes_after and indexes[index] != indexes_after[index]
    ]
    yield from (f"{name} cannot be updated: index {index} changes" for index in changed)
    if len(indexes.keys() ^ indexes_after.keys()) > 1:
        yield f"{name} cannot be updated: more than one index comes or goes"


def _attribute_types(table: Mapping[str, Any]) -> dict[str, str]:
    return {
        attribute["AttributeName"]: attribute["AttributeType"] for attribute in table["AttributeDefinitions"]
    }


def _indexes(table: Mapping[str, Any]) -> dict[str, Any]:
    return {index["IndexName"]: index for index in table.get("GlobalSecondaryIndexes", [])}


def _at(properties: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    value: Any = properties
    for step in path:
        value = value.get(step) if isinstance(value, Mapping) else None
    return value
