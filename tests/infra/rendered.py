"""template.yaml as CloudFormation gets it: transformed offline, its intrinsic functions written as texts."""

from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from infra.local.stack.template import load

ROOT = Path(__file__).resolve().parents[2]
Conditions = Mapping[str, bool]


@cache
def transformed() -> dict[str, Any]:
    """Plain CloudFormation."""
    return dict(load(ROOT / "template.yaml").body)


@cache
def resources(*conditions: str) -> dict[str, Any]:
    """The resources that exist where exactly these conditions hold, as plain values.

    `!Ref X` and `!GetAtt X.Arn` read `${X}` and `${X.Arn}`, as they would in a `!Sub`; `!FindInMap`
    reads what the parameter's default gives.
    """
    return resources_of(transformed(), conditions)


def resources_of(body: Mapping[str, Any], conditions: Collection[str]) -> dict[str, Any]:
    """As `resources`, of any transformed template."""
    holds = {name: name in conditions for name in body["Conditions"]}
    everything = body["Resources"].items()
    found = {name: it for name, it in everything if holds.get(it.get("Condition", ""), True)}
    rendered: dict[str, Any] = _render(found, holds)
    return rendered


def _render(value: Any, holds: Conditions) -> Any:
    """None is what CloudFormation leaves out."""
    match value:
        case {"Ref": name}:
            value = None if name == "AWS::NoValue" else f"${{{name}}}"
        case {"Fn::GetAtt": [name, attribute]}:
            value = f"${{{name}.{attribute}}}"
        case {"Fn::Sub": text}:
            value = text
        case {"Fn::FindInMap": [name, {"Ref": parameter}, key]}:
            default = str(transformed()["Parameters"][parameter]["Default"])
            value = transformed()["Mappings"][name][default][key]
        case {"Fn::If": [condition, yes, no]}:
            value = _render(yes if holds[condition] else no, holds)
        case dict():
            items = ((key, _render(item, holds)) for key, item in value.items())
            value = {key: item for key, item in items if item is not None}
        case list():
            value = [item for item in (_render(item, holds) for item in value) if item is not None]
    return value


def at(name: str, path: str, *conditions: str) -> Any:
    """The value at a dotted path below a resource; a number is a list index. None if there is nothing."""
    value: Any = resources(*conditions)[name]
    for step in path.split("."):
        if isinstance(value, list):
            value = value[int(step)]
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value


def of_type(kind: str) -> dict[str, dict[str, Any]]:
    """The properties of every resource of a type, by logical id."""
    return {name: it["Properties"] for name, it in resources().items() if it["Type"] == f"AWS::{kind}"}


def statements(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """(action, resource, condition) of each statement of a policy; `Deny ` precedes a denied action."""
    for statement in document["Statement"]:
        effect = "" if statement["Effect"] == "Allow" else f"{statement['Effect']} "
        for action in _listed(statement["Action"]):
            for resource in _listed(statement["Resource"]):
                yield f"{effect}{action}", resource, statement.get("Condition")


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
