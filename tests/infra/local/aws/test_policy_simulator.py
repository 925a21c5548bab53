"""SimulatePrincipalPolicy over the wire: which policies of a role are read, and what is refused."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from infra.local.cloud import LocalCloud
from tests.chain import CountsSquares

pytestmark = pytest.mark.own_cloud

ALLOW = {"Effect": "Allow", "Action": ["s3:Get*"], "Resource": "arn:aws:s3:::b/*"}
DENY = {"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::b/private/*"}
CONDITION = ALLOW | {"Action": "s3:PutObject", "Condition": {"Bool": {"aws:SecureTransport": "true"}}}
ASSUME = json.dumps({"Version": "2012-10-17", "Statement": []})


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud(CountsSquares()) as cloud:
        yield cloud


def simulated(iam: Any, arn: str, actions: list[str], *resources: str) -> dict[tuple[str, str], str]:
    answer = iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=actions, ResourceArns=resources)
    return {
        (result["EvalActionName"], result["EvalResourceName"]): result["EvalDecision"]
        for result in answer["EvaluationResults"]
    }


def role_with(iam: Any, name: str, statement: dict[str, Any]) -> str:
    """The ARN of a new role with one statement."""
    arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=ASSUME)["Role"]["Arn"]
    document = json.dumps({"Version": "2012-10-17", "Statement": statement})
    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document)
    return arn


def test_a_role_s_own_and_attached_policies_are_read(cloud: LocalCloud) -> None:
    iam = boto3.Session().client("iam")
    arn = iam.create_role(RoleName="r", AssumeRolePolicyDocument=ASSUME)["Role"]["Arn"]
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


@pytest.mark.parametrize(
    ("given", "decision", "missing"),
    [
        (None, "implicitDeny", ["aws:securetransport"]),
        ("true", "allowed", []),
        ("false", "implicitDeny", []),
    ],
)
def test_a_condition_holds_or_not_by_the_context_that_is_given(
    cloud: LocalCloud, given: str | None, decision: str, missing: list[str]
) -> None:
    iam = boto3.Session().client("iam")
    arn = role_with(iam, f"condition-{given}", CONDITION)
    entry = {
        "ContextKeyName": "aws:SecureTransport",
        "ContextKeyValues": [given],
        "ContextKeyType": "boolean",
    }
    (result,) = iam.simulate_principal_policy(
        PolicySourceArn=arn,
        ActionNames=["s3:PutObject"],
        ResourceArns=["arn:aws:s3:::b/x"],
        ContextEntries=[entry] if given else [],  # type: ignore[list-item]  # a plain dictionary will do
    )["EvaluationResults"]
    assert (result["EvalDecision"], result["MissingContextValues"]) == (decision, missing)


def no_retries() -> Any:
    return boto3.Session().client("iam", config=Config(retries={"total_max_attempts": 1}))


def test_a_policy_that_cannot_be_evaluated_is_iam_s_error(cloud: LocalCloud) -> None:
    iam = no_retries()
    arn = role_with(
        iam, "unsupported", ALLOW | {"Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}}
    )
    with pytest.raises(iam.exceptions.PolicyEvaluationException, match="IpAddress is not known"):
        simulated(iam, arn, ["s3:GetObject"], "*")


def test_a_permissions_boundary_is_not_passed_over(cloud: LocalCloud) -> None:
    iam = no_retries()
    arn = role_with(iam, "bounded", ALLOW)
    boundary = "arn:aws:iam::123456789012:policy/boundary"
    iam.put_role_permissions_boundary(RoleName="bounded", PermissionsBoundary=boundary)
    with pytest.raises(iam.exceptions.PolicyEvaluationException, match="permissions boundary"):
        simulated(iam, arn, ["s3:GetObject"], "*")


def test_a_parameter_that_is_not_served_is_iam_s_error(cloud: LocalCloud) -> None:
    iam = boto3.Session().client("iam")
    arn = iam.get_role(RoleName=cloud.stack.ids["ScheduleRole"])["Role"]["Arn"]
    with pytest.raises(iam.exceptions.InvalidInputException, match="ResourceOwner is not served"):
        iam.simulate_principal_policy(
            PolicySourceArn=arn, ActionNames=["s3:GetObject"], ResourceOwner="arn:aws:iam::1:root"
        )
