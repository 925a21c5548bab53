"""The conditions and updates of DynamoDB that the code uses, over items in memory."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from typing import Any

Item = dict[str, Any]
"""An item of the low-level client: attribute name -> {type: value}."""
Values = Mapping[str, Any]
Condition = Callable[[Item, Mapping[str, str], Values], bool]

_TOKEN = re.compile(r"\s*(\(|\)|,|<>|<=|>=|<|>|=|[#:\w.-]+)")
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": lambda one, other: bool(one == other),
    "<>": lambda one, other: bool(one != other),
    "<": lambda one, other: bool(one < other),
    "<=": lambda one, other: bool(one <= other),
    ">": lambda one, other: bool(one > other),
    ">=": lambda one, other: bool(one >= other),
}


@cache
def condition(text: str) -> Condition:
    """A condition with AND, OR, NOT, parentheses, attribute_exists, attribute_not_exists and comparisons."""
    return _Parser(_TOKEN.findall(text)).either()


class _Parser:
    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens

    def either(self) -> Condition:
        left = self._both()
        while self._next_is("OR"):
            left = _or(left, self._both())
        return left

    def _both(self) -> Condition:
        left = self._single()
        while self._next_is("AND"):
            left = _and(left, self._single())
        return left

    def _single(self) -> Condition:
        if self._next_is("NOT"):
            inner = self._single()
            return lambda item, names, values: not inner(item, names, values)
        if self._next_is("("):
            inner = self.either()
            assert self._tokens.pop(0) == ")"
            return inner
        name = self._tokens.pop(0)
        if name in {"attribute_exists", "attribute_not_exists"}:
            _, attribute, _ = (self._tokens.pop(0) for _ in range(3))
            return _exists(attribute, wanted=name == "attribute_exists")
        operator, value = self._tokens.pop(0), self._tokens.pop(0)
        return _compares(name, _COMPARE[operator], value)

    def _next_is(self, token: str) -> bool:
        if self._tokens and self._tokens[0] == token:
            self._tokens.pop(0)
            return True
        return False


def _or(left: Condition, right: Condition) -> Condition:
    return lambda item, names, values: left(item, names, values) or right(item, names, values)


def _and(left: Condition, right: Condition) -> Condition:
    return lambda item, names, values: left(item, names, values) and right(item, names, values)


def _exists(attribute: str, *, wanted: bool) -> Condition:
    return lambda item, names, _: (names.get(attribute, attribute) in item) is wanted


def _compares(attribute: str, compare: Callable[[Any, Any], bool], value: str) -> Condition:
    def holds(item: Item, names: Mapping[str, str], values: Values) -> bool:
        stored = item.get(names.get(attribute, attribute))
        return stored is not None and compare(plain(stored), plain(values[value]))

    return holds


def plain(attribute: Mapping[str, Any]) -> Any:
    """The value of an attribute, for comparison."""
    ((kind, value),) = attribute.items()
    return Decimal(value) if kind == "N" else value


class Deserializer:
    """Stands in for boto3's TypeDeserializer, which takes most of the time of a large simulation."""

    def deserialize(self, attribute: Mapping[str, Any]) -> Any:
        """The value of an attribute."""
        ((kind, value),) = attribute.items()
        match kind:
            case "N":
                return Decimal(value)
            case "L":
                return [self.deserialize(inner) for inner in value]
            case "M":
                return {name: self.deserialize(inner) for name, inner in value.items()}
        return None if kind == "NULL" else value


def updated(item: Item, text: str, names: Mapping[str, str], values: Values) -> Item:
    """A copy of the item after `SET a = :x, b = :y REMOVE c, d ADD e :z`; what is added replaces what was."""
    text, _, adds = text.partition("ADD ")
    sets, _, removes = text.partition("REMOVE ")
    after = dict(item)
    for part in filter(str.strip, sets.removeprefix("SET ").split(",")):
        name, _, value = (word.strip() for word in part.partition("="))
        after[names.get(name, name)] = values[value]
    for part in filter(str.strip, adds.split(",")):
        name, value = part.split()
        after[names.get(name, name)] = values[value]
    for part in filter(str.strip, removes.split(",")):
        after.pop(names.get(part.strip(), part.strip()), None)
    return after
