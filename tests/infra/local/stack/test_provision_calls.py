"""An unknown part of a property is an error; what moto's CloudFormation ignores is applied."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from infra.local.stack.intrinsics import UnknownIntrinsic
from infra.local.stack.provision_calls import apply
from infra.local.stack.resources import Resource


@pytest.fixture
def session() -> Iterator[boto3.Session]:
    with mock_aws():
        session = boto3.Session(region_name="us-east-1")
        session.client("s3").create_bucket(Bucket="frames")
        yield session


def _apply(session: boto3.Session, resource_type: str, properties: dict[str, Any]) -> None:
    apply(session, {"It": Resource("It", resource_type, properties)}, {"It": "frames"})


@pytest.mark.parametrize(
    ("properties", "name"),
    [
        (
            {"LifecycleConfiguration": {"Rules": [{"Id": "a", "Status": "Enabled", "TagFilters": []}]}},
            "TagFilters",
        ),
        ({"NotificationConfiguration": {"TopicConfigurations": []}}, "TopicConfigurations"),
        (
            {"NotificationConfiguration": {"QueueConfigurations": [{"Event": "a", "Queue": "b", "Id": "c"}]}},
            "Id",
        ),
    ],
)
def test_an_unknown_part_is_named(session: boto3.Session, properties: dict[str, Any], name: str) -> None:
    with pytest.raises(UnknownIntrinsic, match=f"has {name}:"):
        _apply(session, "AWS::S3::Bucket", properties)


def test_one_of_aws_s_own_managed_policies_is_attached(session: boto3.Session) -> None:
    iam, arn = session.client("iam"), "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    iam.create_role(RoleName="frames", AssumeRolePolicyDocument="{}")
    _apply(session, "AWS::IAM::Role", {"ManagedPolicyArns": [arn]})
    (attached,) = iam.list_attached_role_policies(RoleName="frames")["AttachedPolicies"]
    assert attached["PolicyArn"] == arn


def test_of_a_bucket_policy_only_what_refuses_plain_http_is_left_out(session: boto3.Session) -> None:
    def statement(sid: str, condition: dict[str, Any]) -> dict[str, Any]:
        shared = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::frames/*"}
        return {"Sid": sid, **shared, "Condition": condition}

    tls_only = statement("TlsOnly", {"Bool": {"aws:SecureTransport": "false"}})
    other = statement("Other", {"StringEquals": {"aws:PrincipalAccount": "1"}})
    document = {"Version": "2012-10-17", "Statement": [tls_only, other]}
    _apply(session, "AWS::S3::BucketPolicy", {"Bucket": "frames", "PolicyDocument": document})
    policy = json.loads(session.client("s3").get_bucket_policy(Bucket="frames")["Policy"])
    assert [applied["Sid"] for applied in policy["Statement"]] == ["Other"]
