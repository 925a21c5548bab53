"""Roles' policies as IAM would read them, over the wire."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from infra.local.aws.policy_simulator import decide, matches
from infra.local.cloud import LocalCloud
from tests.chain import CountsSquares

pytestmark = pytest.mark.own_cloud

ALLOW = {"Effect": "Allow", "Action": ["s3:Get*"], "Resource": "arn:aws:s3:::b/*"}
DENY = {"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::b/private/*"}
CONDITION = ALLOW | {"Action": "s3:PutObject", "Condition": {"Bool": {"aws:SecureTransport": "true"}}}


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud(CountsSquares()) as cloud:
        yield cloud


@pytest.mark.parametrize(
    ("action", "resource", "decision"),
    [
        ("s3:GetObject", "arn:aws:s3:::b/x", "allowed"),
        ("S3:getobject", "arn:aws:s3:::b/x", "allowed"),
        ("s3:GetObject", "arn:aws:s3:::c/x", "implicitDeny"),
        ("s3:PutObject", "arn:aws:s3:::b/x", "implicitDeny"),
        ("s3:GetObject", "arn:aws:s3:::b/private/x", "explicitDeny"),
    ],
)
def test_decisions(action: str, resource: str, decision: str) -> None:
    assert decide([ALLOW, DENY, CONDITION], action, resource) == decision


@pytest.mark.parametrize(
    ("value", "pattern", "expected"),
    [("abc", "a*", True), ("abc", "a?c", True), ("a.c", "a.c", True), ("abc", "a.c", False)],
)
def test_patterns(value: str, pattern: str, expected: bool) -> None:
    assert matches(value, pattern) is expected


def simulated(iam: Any, arn: str, actions: list[str], *resources: str) -> dict[tuple[str, str], str]:
    answer = iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=actions, ResourceArns=resources)
    return {
        (one["EvalActionName"], one["EvalResourceName"]): one["EvalDecision"]
        for one in answer["EvaluationResults"]
    }


def test_a_role_s_own_and_attached_policies_are_read(cloud: LocalCloud) -> None:
    iam = boto3.Session().client("iam")
    assume = json.dumps({"Version": "2012-10-17", "Statement": []})
    arn = iam.create_role(RoleName="r", AssumeRolePolicyDocument=assume)["Role"]["Arn"]
    document = json.dumps({"Version": "2012-10-17", "Statement": ALLOW})
    iam.put_role_policy(RoleName="r", PolicyName="own", PolicyDocument=document)
    policy = iam.create_policy(
        PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [DENY]})
    )["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="r", PolicyArn=policy)
    open_, private = "arn:aws:s3:::b/x", "arn:aws:s3:::b/private/x"
    assert simulated(iam, arn, ["s3:GetObject", "s3:PutObject"], open_, private) == {
        ("s3:GetObject", open_): "allowed",
        ("s3:GetObject", private): "explicitDeny",
        ("s3:PutObject", open_): "implicitDeny",
        ("s3:PutObject", private): "explicitDeny",
    }


def test_the_stack_s_roles_are_as_the_template_has_them(cloud: LocalCloud) -> None:
    iam = boto3.Session().client("iam")
    arn = iam.get_role(RoleName=cloud.stack.ids["ScheduleRole"])["Role"]["Arn"]
    group = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/store-occupancy-schedule"
    assert simulated(iam, arn, ["logs:PutLogEvents"], f"{group}:log-stream:x", group) == {
        ("logs:PutLogEvents", f"{group}:log-stream:x"): "allowed",
        ("logs:PutLogEvents", group): "implicitDeny",
    }


def test_no_role_is_iam_s_error(cloud: LocalCloud) -> None:
    iam = boto3.Session().client("iam")
    with pytest.raises(ClientError) as error:
        simulated(iam, "arn:aws:iam::123456789012:role/nobody", ["s3:GetObject"], "*")
    assert error.value.response["Error"]["Code"] == "NoSuchEntity"
