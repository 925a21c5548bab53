"""Resource attributes, as CloudFormation's reference of each type has them."""

import pytest

from infra.local.stack.attributes import attribute, attributes, pseudo_parameters
from infra.local.stack.intrinsics import UnknownIntrinsic

QUEUE_URL = "http://127.0.0.1:5000/123456789012/frames"


@pytest.mark.parametrize(
    ("resource_type", "physical_id", "name", "value"),
    [
        ("AWS::S3::Bucket", "b", "Arn", "arn:aws:s3:::b"),
        ("AWS::DynamoDB::Table", "t", "Arn", "arn:aws:dynamodb:eu-west-1:123456789012:table/t"),
        ("AWS::Lambda::Function", "f", "Arn", "arn:aws:lambda:eu-west-1:123456789012:function:f"),
        ("AWS::SQS::Queue", QUEUE_URL, "Arn", "arn:aws:sqs:eu-west-1:123456789012:frames"),
        ("AWS::SQS::Queue", QUEUE_URL, "QueueName", "frames"),
        ("AWS::IAM::Role", "r", "Arn", "arn:aws:iam::123456789012:role/r"),
        ("AWS::Logs::LogGroup", "/g", "Arn", "arn:aws:logs:eu-west-1:123456789012:log-group:/g:*"),
    ],
)
def test_attributes(resource_type: str, physical_id: str, name: str, value: str) -> None:
    assert attribute(resource_type, physical_id, name, "eu-west-1") == value
    assert attributes({"It": resource_type}, {"It": physical_id}, "eu-west-1", "It", name) == value


@pytest.mark.parametrize(("resource_type", "name"), [("AWS::S3::Bucket", "QueueName"), ("AWS::X::Y", "Arn")])
def test_an_attribute_that_is_not_known_is_named(resource_type: str, name: str) -> None:
    with pytest.raises(UnknownIntrinsic, match=f"attribute {name} of an {resource_type}"):
        attribute(resource_type, "id", name, "eu-west-1")


def test_a_resource_that_does_not_exist_is_named() -> None:
    with pytest.raises(UnknownIntrinsic, match="no resource 'Nobody'"):
        attributes({}, {}, "eu-west-1", "Nobody", "Arn")


def test_pseudo_parameters() -> None:
    found = pseudo_parameters("shop", "eu-west-1")
    assert (found["AWS::StackName"], found["AWS::Region"]) == ("shop", "eu-west-1")
