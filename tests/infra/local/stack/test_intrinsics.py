"""Intrinsic functions, resolved as CloudFormation does."""

from typing import Any

import pytest

from infra.local.stack.intrinsics import Scope, UnknownIntrinsic

SCOPE = Scope(
    references={"Queue": "https://sqs/q", "Rate": "5", "AWS::Region": "us-east-1"},
    attribute=lambda resource, name: f"{resource}/{name}",
    conditions={
        "HasRate": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Rate"}, 0]}]},
        "Never": {"Fn::Equals": ["a", "b"]},
        "Both": {"Fn::And": [{"Condition": "HasRate"}, {"Condition": "Never"}]},
        "Either": {"Fn::Or": [{"Condition": "HasRate"}, {"Condition": "Never"}]},
    },
    mappings={"Counter": {"5": {"BatchSize": "25"}}},
)
NO_VALUE = {"Ref": "AWS::NoValue"}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Ref": "Queue"}, "https://sqs/q"),
        ({"Fn::GetAtt": ["Queue", "Arn"]}, "Queue/Arn"),
        ({"Fn::GetAtt": "Queue.Arn"}, "Queue/Arn"),
        ({"Fn::Sub": "${Queue.Arn}/${AWS::Region}/${!literal}"}, "Queue/Arn/us-east-1/${!literal}"),
        ({"Fn::Sub": ["${x}-${Rate}", {"x": {"Ref": "Queue"}}]}, "https://sqs/q-5"),
        ({"Fn::Join": ["-", ["a", {"Ref": "Rate"}]]}, "a-5"),
        ({"Fn::If": ["HasRate", {"Ref": "Rate"}, "none"]}, "5"),
        ({"Fn::If": ["Both", 1, 2]}, 2),
        ({"Fn::If": ["Either", 1, 2]}, 1),
        ([1, {"Fn::If": ["Never", 2, NO_VALUE]}, 3], [1, 3]),
        ({"a": {"Fn::If": ["Never", 2, NO_VALUE]}, "b": [{"Ref": "Rate"}]}, {"b": ["5"]}),
        ({"Fn::Contains": [["us-east-1", "us-west-2"], {"Ref": "AWS::Region"}]}, True),
        ({"Fn::Contains": [["us-west-2"], {"Ref": "AWS::Region"}]}, False),
        ({"Fn::FindInMap": ["Counter", {"Ref": "Rate"}, "BatchSize"]}, "25"),
        ({"Plain": True}, {"Plain": True}),
    ],
)
def test_resolve(value: Any, expected: Any) -> None:
    assert SCOPE.resolve(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        {"Fn::Cidr": []},
        {"Ref": "Nobody"},
        {"Fn::If": ["Nobody", 1, 2]},
        {"Fn::FindInMap": ["Counter", "7", "BatchSize"]},
    ],
)
def test_what_it_does_not_know_is_an_error(value: Any) -> None:
    with pytest.raises(UnknownIntrinsic):
        SCOPE.resolve(value)


def test_conditions_and_mappings_are_resolved_alone_and_references_left_as_they_are() -> None:
    value = {
        "Queue": {"Ref": "Queue"},
        "Batch": {"Fn::FindInMap": ["Counter", {"Ref": "Rate"}, "BatchSize"]},
        "Gone": NO_VALUE,
        "List": [{"Fn::If": ["Never", 1, NO_VALUE]}, {"Fn::If": ["HasRate", {"Fn::GetAtt": "Queue.Arn"}, 0]}],
    }
    assert SCOPE.resolve_conditions(value) == {
        "Queue": {"Ref": "Queue"},
        "Batch": "25",
        "List": [{"Fn::GetAtt": "Queue.Arn"}],
    }
