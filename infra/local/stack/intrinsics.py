"""CloudFormation's intrinsic functions, as far as the template uses them. Pure."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ingest.errors import OccupancyError

Value = Any
"""JSON: what a template holds."""


class UnknownIntrinsic(OccupancyError):
    """An intrinsic function, a reference or an attribute that the local cloud cannot resolve."""


class _NoValue:
    """The value of `AWS::NoValue` until it is left out."""


_NO_VALUE = _NoValue()
_IN_TEXT = re.compile(r"\$\{([^!][^}]*)\}")


@dataclass(frozen=True)
class Scope:
    """What intrinsic functions refer to.

    `references` holds parameters, pseudo parameters and the physical ids of resources by name; `attribute`
    gives a resource's attribute by its logical id and the attribute's name. `mappings` are the template's.
    """

    references: Mapping[str, str]
    attribute: Callable[[str, str], str]
    conditions: Mapping[str, Value]
    mappings: Mapping[str, Mapping[str, Mapping[str, Value]]] = field(default_factory=dict)

    def resolve(self, value: Value) -> Value:
        """`value` with all its intrinsic functions replaced. Raises UnknownIntrinsic."""
        if isinstance(value, list):
            return [item for item in map(self.resolve, value) if item is not _NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((name, argument),) = value.items()
            if name in _FUNCTIONS:
                return _FUNCTIONS[name](self, argument)
            if name.startswith("Fn::"):
                raise UnknownIntrinsic(f"the local cloud does not know {name}: add it to intrinsics.py")
        resolved = {name: self.resolve(inner) for name, inner in value.items()}
        return {name: inner for name, inner in resolved.items() if inner is not _NO_VALUE}

    def resolve_conditions(self, value: Value) -> Value:
        """`value` with only `Fn::If`, `Fn::FindInMap` and `AWS::NoValue` replaced."""
        if isinstance(value, list):
            return [item for item in map(self.resolve_conditions, value) if item is not _NO_VALUE]
        if not isinstance(value, dict):
            return value
        if value == {"Ref": "AWS::NoValue"}:
            return _NO_VALUE
        if value.keys() == {"Fn::FindInMap"}:
            return self.resolve(value)
        if value.keys() == {"Fn::If"}:
            condition, if_true, if_false = value["Fn::If"]
            return self.resolve_conditions(if_true if self.holds(condition) else if_false)
        resolved = {name: self.resolve_conditions(inner) for name, inner in value.items()}
        return {name: inner for name, inner in resolved.items() if inner is not _NO_VALUE}

    def holds(self, condition: str) -> bool:
        """Whether a condition of the template is true. Raises UnknownIntrinsic."""
        if condition not in self.conditions:
            raise UnknownIntrinsic(f"the template has no condition {condition!r}")
        return bool(self.resolve(self.conditions[condition]))

    def _reference(self, name: str) -> Value:
        if name == "AWS::NoValue":
            return _NO_VALUE
        if name not in self.references:
            raise UnknownIntrinsic(f"the template has no parameter and no resource {name!r} to refer to")
        return self.references[name]

    def _attribute(self, argument: Value) -> str:
        resource, name = argument.split(".", 1) if isinstance(argument, str) else argument
        return self.attribute(resource, name)

    def _substitute(self, argument: Value) -> str:
        text, local = (argument, {}) if isinstance(argument, str) else argument
        names = {name: str(self.resolve(value)) for name, value in local.items()}

        def replacement(match: re.Match[str]) -> str:
            name = match[1]
            if name in names:
                return names[name]
            return self._attribute(name) if "." in name else str(self._reference(name))

        return _IN_TEXT.sub(replacement, text)

    def _choice(self, argument: Value) -> Value:
        condition, if_true, if_false = argument
        return self.resolve(if_true if self.holds(condition) else if_false)

    def _equal(self, argument: Value) -> bool:
        left, right = self.resolve(argument)
        return str(left) == str(right)

    def _contains(self, argument: Value) -> bool:
        texts, text = self.resolve(argument)
        return str(text) in map(str, texts)

    def _in_map(self, argument: Value) -> Value:
        name, first, second = (str(self.resolve(part)) for part in argument)
        try:
            return self.mappings[name][first][second]
        except KeyError as error:
            raise UnknownIntrinsic(f"the template has no mapping {name}, {first}, {second}") from error

    def _join(self, argument: Value) -> str:
        separator, parts = argument
        return str(separator).join(map(str, self.resolve(parts)))


_FUNCTIONS: Mapping[str, Callable[[Scope, Value], Value]] = {
    "Ref": Scope._reference,
    "Condition": Scope.holds,
    "Fn::GetAtt": Scope._attribute,
    "Fn::Sub": Scope._substitute,
    "Fn::If": Scope._choice,
    "Fn::Equals": Scope._equal,
    "Fn::Not": lambda scope, argument: not scope.resolve(argument)[0],
    "Fn::And": lambda scope, argument: all(scope.resolve(argument)),
    "Fn::Or": lambda scope, argument: any(scope.resolve(argument)),
    "Fn::Contains": Scope._contains,
    "Fn::FindInMap": Scope._in_map,
    "Fn::Join": Scope._join,
}
