"""The Condition element: every operator, with its key present and absent.

The cases are those of the IAM User Guide: "IAM JSON policy elements: Condition operators" (absent keys,
IfExists, Null), "Conditions with multiple context keys or values" (AND of keys, OR of values, NOR if negated)
and "Set operators for multi-valued context keys".
"""

from typing import Any

import pytest

from infra.iam.conditions import read_conditions
from infra.iam.patterns import UnsupportedPolicy

BUCKET = "arn:aws:s3:::frames"


def holds(element: dict[str, Any], **context: list[str]) -> bool:
    """Whether all of the element holds; `k__x` in the context is the key `k:x`."""
    given = {key.replace("__", ":"): values for key, values in context.items()}
    return all(condition.holds(given) for condition in read_conditions(element))


@pytest.mark.parametrize(
    ("operator", "wanted", "value", "expected"),
    [
        ("StringEquals", "Alice", "Alice", True),
        ("StringEquals", "Alice", "alice", False),
        ("StringEquals", "A*", "Alice", False),  # a wildcard is for StringLike
        ("StringEquals", ["Bob", "Alice"], "Alice", True),
        ("StringNotEquals", "Alice", "Alice", False),
        ("StringNotEquals", "Alice", "Bob", True),
        ("StringNotEquals", ["Bob", "Alice"], "Alice", False),  # none of the values may match
        ("StringEqualsIgnoreCase", "Alice", "aLICE", True),
        ("StringNotEqualsIgnoreCase", "Alice", "aLICE", False),
        ("StringLike", "A*e", "Alice", True),
        ("StringLike", "A????", "Alice", True),
        ("StringLike", "a*", "Alice", False),
        ("StringNotLike", "A*", "Alice", False),
        ("StringNotLike", "B*", "Alice", True),
        ("ArnEquals", BUCKET, BUCKET, True),
        ("ArnEquals", "arn:aws:s3:::*", BUCKET, True),  # the same as ArnLike
        ("ArnLike", "arn:aws:s3:::f*", BUCKET, True),
        ("ArnLike", "arn:aws:sqs:::*", BUCKET, False),
        ("ArnNotEquals", BUCKET, BUCKET, False),
        ("ArnNotLike", "arn:aws:sqs:::*", BUCKET, True),
        ("Bool", "true", "true", True),
        ("Bool", True, "true", True),  # a boolean in JSON
        ("Bool", "false", "true", False),
        ("Null", "true", "anything", False),
        ("Null", "false", "anything", True),
        ("Null", "True", "anything", False),
        ("Null", "FALSE", "anything", True),
        ("Null", False, "anything", True),
        ("Bool", "TRUE", "true", True),
    ],
)
def test_a_key_with_one_value(operator: str, wanted: Any, value: str, expected: bool) -> None:
    assert holds({operator: {"k": wanted}}, k=[value]) is expected


@pytest.mark.parametrize(
    ("operator", "wanted", "expected"),
    [
        ("StringEquals", "x", False),
        ("StringLike", "*", False),
        ("ArnLike", "arn:aws:s3:::*", False),
        ("Bool", "false", False),
        # A negated operator holds where the key is absent.
        ("StringNotEquals", "x", True),
        ("StringNotEqualsIgnoreCase", "x", True),
        ("StringNotLike", "x", True),
        ("ArnNotEquals", BUCKET, True),
        ("ArnNotLike", BUCKET, True),
        ("StringEqualsIfExists", "x", True),
        ("StringNotEqualsIfExists", "x", True),
        ("BoolIfExists", "true", True),
        ("ArnLikeIfExists", BUCKET, True),
        ("Null", "true", True),
        ("Null", "false", False),
        ("Null", "True", True),
        ("Null", "TRUE", True),
        ("Null", ["False", "True"], True),
        ("Null", "False", False),
        ("ForAllValues:StringEquals", "x", True),
        ("ForAnyValue:StringEquals", "x", False),
        ("ForAnyValue:StringNotEquals", "x", False),
        ("ForAnyValue:StringEqualsIfExists", "x", True),
    ],
)
@pytest.mark.parametrize("context", [{}, {"k": []}], ids=["absent", "without values"])
def test_an_absent_key(operator: str, wanted: Any, expected: bool, context: dict[str, list[str]]) -> None:
    assert holds({operator: {"k": wanted}}, **context) is expected


@pytest.mark.parametrize(
    ("operator", "values", "expected"),
    [
        ("StringEqualsIfExists", ["a"], True),
        ("StringEqualsIfExists", ["x"], False),
        ("ForAllValues:StringEquals", ["a"], True),
        ("ForAllValues:StringEquals", ["a", "b"], True),
        ("ForAllValues:StringEquals", ["a", "x"], False),
        ("ForAllValues:StringNotEquals", ["x", "y"], True),
        ("ForAllValues:StringNotEquals", ["a", "y"], False),
        ("ForAnyValue:StringEquals", ["a", "x"], True),
        ("ForAnyValue:StringEquals", ["x", "y"], False),
        ("ForAnyValue:StringLike", ["x", "b"], True),
        ("ForAnyValue:StringNotEquals", ["a", "x"], True),
        ("ForAnyValue:StringNotEquals", ["a", "b"], False),
    ],
)
def test_a_present_key_against_a_and_b(operator: str, values: list[str], expected: bool) -> None:
    assert holds({operator: {"k": ["a", "b"]}}, k=values) is expected


def test_all_keys_and_all_operators_must_hold() -> None:
    element = {"StringEquals": {"k": "a", "aws:l": ["b", "c"]}, "Bool": {"m": "true"}}
    assert holds(element, k=["a"], aws__l=["c"], m=["true"])
    assert not holds(element, k=["a"], aws__l=["c"], m=["false"])
    assert not holds(element, k=["a"], m=["true"])
    assert holds({})


def test_the_case_of_a_key_does_not_matter() -> None:
    assert holds({"StringEquals": {"AWS:RequestedRegion": "r"}}, aws__requestedregion=["r"])


@pytest.mark.parametrize(
    "operator",
    [
        "NumericLessThan",
        "DateGreaterThan",
        "IpAddress",
        "BinaryEquals",
        "NullIfExists",
        "ForAllValues:Null",
        "ForSomeValues:StringEquals",
        "stringequals",
        "IfExists",
    ],
)
def test_an_unknown_operator_is_refused_by_name(operator: str) -> None:
    with pytest.raises(UnsupportedPolicy, match=f"operator {operator} is not known"):
        read_conditions({operator: {"k": "1"}})


@pytest.mark.parametrize("value", [{"Ref": "Key"}, [["a"]], None])
def test_a_value_that_is_no_text_is_refused(value: Any) -> None:
    with pytest.raises(UnsupportedPolicy, match="condition key k cannot be compared"):
        read_conditions({"StringEquals": {"k": value}})


@pytest.mark.parametrize("value", ["*", "frames", "arn:aws:s3"])
def test_an_arn_operator_needs_an_arn(value: str) -> None:
    with pytest.raises(UnsupportedPolicy, match="condition key k: ArnLike needs an ARN"):
        read_conditions({"ArnLike": {"k": value}})


@pytest.mark.parametrize("operator", ["Null", "Bool", "BoolIfExists", "ForAllValues:Bool"])
@pytest.mark.parametrize("value", ["yes", "no", "", 1, ["true", "no"]])
def test_a_value_that_is_neither_true_nor_false_is_refused(operator: str, value: Any) -> None:
    with pytest.raises(UnsupportedPolicy, match=r"condition key k: (Null|Bool) needs true or false, not '"):
        read_conditions({operator: {"k": value}})


@pytest.mark.parametrize("operator", ["StringEquals", "StringNotEquals", "ForAllValues:StringLike", "Null"])
def test_a_key_without_values_in_the_policy_is_refused(operator: str) -> None:
    with pytest.raises(UnsupportedPolicy, match="condition key k has no value"):
        read_conditions({operator: {"k": []}})


@pytest.mark.parametrize("keys", ["x", ["k"], None, {}])
def test_an_operator_without_keys_is_refused(keys: Any) -> None:
    with pytest.raises(UnsupportedPolicy, match="StringEquals must hold condition keys"):
        read_conditions({"StringEquals": keys})


def test_several_values_need_a_set_operator() -> None:
    with pytest.raises(
        UnsupportedPolicy, match="condition key k has 2 values: StringEquals needs ForAllValues"
    ):
        holds({"StringEquals": {"k": "a"}}, k=["a", "b"])
