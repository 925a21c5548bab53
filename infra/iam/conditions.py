"""The Condition element of a policy statement: operators, and what holds where a key is absent. Pure.

Source: IAM User Guide, "IAM JSON policy elements: Condition", "... Condition operators" and "Set operators
for multi-valued context keys". Operators for numbers, dates, IP addresses and binary values are refused:
no policy of ours uses them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from infra.iam.patterns import UnsupportedPolicy, is_arn, matches_arn, matches_text

Context = Mapping[str, Sequence[str]]
"""What is known of a request: condition key -> values. A key without values counts as absent."""
Comparison = Callable[[str, str], bool]

NULL = "Null"
TRUE_OR_FALSE = frozenset({NULL, "Bool"})
"""The operators whose values are `true` or `false`, in any case."""
IF_EXISTS = "IfExists"
FOR_ALL, FOR_ANY = "ForAllValues", "ForAnyValue"


def _equal(value: str, wanted: str) -> bool:
    return value == wanted


def _equal_ignoring_case(value: str, wanted: str) -> bool:
    return value.lower() == wanted.lower()


_COMPARISONS: Mapping[str, Comparison] = {
    "StringEquals": _equal,
    "StringEqualsIgnoreCase": _equal_ignoring_case,
    "StringLike": matches_text,
    "ArnEquals": matches_arn,
    "ArnLike": matches_arn,
    "Bool": _equal_ignoring_case,
}
_NEGATED: Mapping[str, Comparison] = {
    "StringNotEquals": _equal,
    "StringNotEqualsIgnoreCase": _equal_ignoring_case,
    "StringNotLike": matches_text,
    "ArnNotEquals": matches_arn,
    "ArnNotLike": matches_arn,
}


@dataclass(frozen=True)
class Operator:
    """`ForAnyValue:StringNotLikeIfExists`, taken apart."""

    name: str
    """Such as `StringNotLike`, or `Null`."""
    set_operator: str | None = None
    """`ForAllValues`, `ForAnyValue`, or None for a key with one value."""
    if_exists: bool = False

    @property
    def negated(self) -> bool:
        """Whether none of the policy's values may match."""
        return self.name in _NEGATED

    def matches(self, value: str, wanted: Iterable[str]) -> bool:
        """Whether a value of the request equals any of the policy's values, or none if negated."""
        comparison = _NEGATED[self.name] if self.negated else _COMPARISONS[self.name]
        return any(comparison(value, text) for text in wanted) is not self.negated


@dataclass(frozen=True)
class Condition:
    """One key below one operator."""

    operator: Operator
    key: str
    """In lower case: AWS ignores the case of keys."""
    values: tuple[str, ...]

    def holds(self, context: Context) -> bool:
        """Whether the request satisfies it. `context` has keys in lower case. Raises UnsupportedPolicy."""
        given = context.get(self.key, ())
        if self.operator.name == NULL:
            return any(_equal_ignoring_case("false" if given else "true", text) for text in self.values)
        if not given:
            return self._holds_without_key()
        if len(given) > 1 and self.operator.set_operator is None:
            raise UnsupportedPolicy(
                f"condition key {self.key} has {len(given)} values:"
                f" {self.operator.name} needs {FOR_ALL} or {FOR_ANY}"
            )
        outcomes = [self.operator.matches(value, self.values) for value in given]
        return any(outcomes) if self.operator.set_operator == FOR_ANY else all(outcomes)

    def _holds_without_key(self) -> bool:
        if self.operator.if_exists or self.operator.set_operator == FOR_ALL:
            return True
        return self.operator.negated and self.operator.set_operator is None


def read_conditions(element: Any) -> tuple[Condition, ...]:
    """Read a statement's Condition element; all of the result must hold. Raises UnsupportedPolicy."""
    if not isinstance(element, Mapping):
        raise UnsupportedPolicy(f"Condition must be an object, not {element!r}")
    return tuple(
        _condition(read_operator(name), key, values)
        for name, keys in element.items()
        for key, values in _keys(name, keys)
    )


def _keys(operator: str, keys: Any) -> Iterable[tuple[str, Any]]:
    if not isinstance(keys, Mapping) or not keys:
        raise UnsupportedPolicy(f"{operator} must hold condition keys with their values, not {keys!r}")
    return keys.items()


def read_operator(text: str) -> Operator:
    """Read an operator with its prefix and suffix. Raises UnsupportedPolicy."""
    set_operator, colon, rest = text.rpartition(":")
    name = rest.removesuffix(IF_EXISTS)
    known = name in _COMPARISONS or name in _NEGATED or text == NULL
    if not known or (colon and set_operator not in {FOR_ALL, FOR_ANY}):
        raise UnsupportedPolicy(
            f"the condition operator {text} is not known here: add it to infra/iam/conditions.py"
        )
    return Operator(name, set_operator or None, rest != name)


def _condition(operator: Operator, key: str, values: Any) -> Condition:
    texts = _texts(key, values)
    for text in texts:
        if operator.name.startswith("Arn") and not is_arn(text):
            raise UnsupportedPolicy(f"condition key {key}: {operator.name} needs an ARN, not {text!r}")
        if operator.name in TRUE_OR_FALSE and text.lower() not in {"true", "false"}:
            raise UnsupportedPolicy(f"condition key {key}: {operator.name} needs true or false, not {text!r}")
    return Condition(operator, key.lower(), texts)


def _texts(key: str, values: Any) -> tuple[str, ...]:
    """The values as texts; JSON's true is `true`."""
    listed = values if isinstance(values, list) else [values]
    if not listed:
        raise UnsupportedPolicy(f"condition key {key} has no value: give at least one")
    for value in listed:
        if not isinstance(value, str | bool | int):
            raise UnsupportedPolicy(f"condition key {key} cannot be compared with {value!r}")
    return tuple(str(value).lower() if isinstance(value, bool) else str(value) for value in listed)
