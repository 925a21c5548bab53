"""What boto3's calls need, as the Service Authorization Reference has it."""

from typing import Any

import pytest

from infra.iam.actions import ApiCall, Permission, Place

PLACE = Place("eu-west-1", "1", "aws-cn")
QUEUE = "https://sqs.eu-west-1.amazonaws.com/1/frames"
STREAM = "arn:aws-cn:kinesisvideo:eu-west-1:1:stream/door"
DYNAMODB, S3 = "arn:aws-cn:dynamodb:eu-west-1:1:table", "arn:aws-cn:s3:::"
OBJECTS = [{"Key": "a/b"}, {"Key": "c"}]


@pytest.mark.parametrize(
    ("service", "operation", "params", "permissions"),
    [
        ("dynamodb", "PutItem", {"TableName": "t"}, [("dynamodb:PutItem", f"{DYNAMODB}/t")]),
        (
            "dynamodb",
            "Query",
            {"TableName": "t", "IndexName": "i"},
            [("dynamodb:Query", f"{DYNAMODB}/t/index/i")],
        ),
        (
            "dynamodb",
            "BatchGetItem",
            {"RequestItems": {"t": {}, "u": {}}},
            [("dynamodb:BatchGetItem", f"{DYNAMODB}/t"), ("dynamodb:BatchGetItem", f"{DYNAMODB}/u")],
        ),
        (
            "sqs",
            "SendMessageBatch",
            {"QueueUrl": QUEUE},
            [("sqs:SendMessage", "arn:aws-cn:sqs:eu-west-1:1:frames")],
        ),
        (
            "sqs",
            "StartMessageMoveTask",
            {"SourceArn": "arn:dead", "DestinationArn": "arn:frames"},
            [
                ("sqs:StartMessageMoveTask", "arn:dead"),
                ("sqs:ReceiveMessage", "arn:dead"),
                ("sqs:DeleteMessage", "arn:dead"),
                ("sqs:GetQueueAttributes", "arn:dead"),
                ("sqs:SendMessage", "arn:frames"),
            ],
        ),
        (
            "sqs",
            "ListMessageMoveTasks",
            {"SourceArn": "arn:dead"},
            [("sqs:ListMessageMoveTasks", "arn:dead")],
        ),
        (
            "sns",
            "Publish",
            {"TopicArn": "arn:aws-cn:sns:eu-west-1:1:alarms"},
            [("sns:Publish", "arn:aws-cn:sns:eu-west-1:1:alarms")],
        ),
        ("s3", "PutObject", {"Bucket": "b", "Key": "a/b"}, [("s3:PutObject", f"{S3}b/a/b")]),
        ("s3", "HeadObject", {"Bucket": "b", "Key": "k"}, [("s3:GetObject", f"{S3}b/k")]),
        ("s3", "ListObjectsV2", {"Bucket": "b"}, [("s3:ListBucket", f"{S3}b")]),
        (
            "s3",
            "DeleteObjects",
            {"Bucket": "b", "Delete": {"Objects": OBJECTS}},
            [("s3:DeleteObject", f"{S3}b/a/b"), ("s3:DeleteObject", f"{S3}b/c")],
        ),
        (
            "kinesis-video",
            "DescribeStream",
            {"StreamName": "door"},
            [("kinesisvideo:DescribeStream", f"{STREAM}/0")],
        ),
        (
            "kinesis-video-media",
            "GetMedia",
            {"StreamARN": f"{STREAM}/123"},
            [("kinesisvideo:GetMedia", f"{STREAM}/123")],
        ),
        (
            "rekognition",
            "DetectLabels",
            {"Image": {"S3Object": {"Bucket": "b", "Name": "k"}}},
            [("rekognition:DetectLabels", "*"), ("s3:GetObject", f"{S3}b/k")],
        ),
        ("rekognition", "DetectLabels", {"Image": {"Bytes": b""}}, [("rekognition:DetectLabels", "*")]),
        ("lambda", "Invoke", {"FunctionName": "f"}, [("unknown:Invoke", "*")]),
    ],
)
def test_permissions(
    service: str, operation: str, params: dict[str, Any], permissions: list[Permission]
) -> None:
    assert ApiCall(service, operation, params).permissions(PLACE) == permissions
