"""The clients that doctor looks with."""

from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError

from infra.cli.aws.deployment import connected
from ingest.aws.clients import client_config
from ingest.kvs.readers import Readers, readers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_kinesisvideo import KinesisVideoClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_rekognition import RekognitionClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_scheduler import EventBridgeSchedulerClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

SIDE_BY_SIDE = 20
"""Checks that run at once; a hundred cameras are then a matter of seconds."""


@dataclass(frozen=True)
class Clients:
    """boto3's, made before the threads begin; all of them may be shared."""

    cloudformation: "CloudFormationClient"
    cloudwatch: "CloudWatchClient"
    dynamodb: "DynamoDBClient"
    iam: "IAMClient"
    kinesisvideo: "KinesisVideoClient"
    lambda_: "LambdaClient"
    rekognition: "RekognitionClient"
    s3: "S3Client"
    scheduler: "EventBridgeSchedulerClient"
    sns: "SNSClient"
    sqs: "SQSClient"
    kvs: Readers


def clients(session: boto3.Session) -> Clients:
    """The clients of the session's account. Raises AwsFailure where a setting of the environment is wrong."""
    config = client_config(SIDE_BY_SIDE)
    adaptive = client_config(SIDE_BY_SIDE, attempts=6, mode="adaptive")
    return Clients(
        cloudformation=connected(lambda: session.client("cloudformation", config=config)),
        cloudwatch=connected(lambda: session.client("cloudwatch", config=config)),
        dynamodb=connected(lambda: session.client("dynamodb", config=config)),
        iam=connected(lambda: session.client("iam", config=adaptive)),
        kinesisvideo=connected(lambda: session.client("kinesisvideo", config=config)),
        lambda_=connected(lambda: session.client("lambda", config=config)),
        rekognition=connected(lambda: session.client("rekognition", config=adaptive)),
        s3=connected(lambda: session.client("s3", config=config)),
        scheduler=connected(lambda: session.client("scheduler", config=config)),
        sns=connected(lambda: session.client("sns", config=config)),
        sqs=connected(lambda: session.client("sqs", config=config)),
        kvs=readers(session, SIDE_BY_SIDE),
    )


def aws_time(cloudformation: "CloudFormationClient", name: str) -> datetime | None:
    """What AWS's clock says, to the second, also in a refusal: a clock that is off makes AWS refuse all."""
    answer: Mapping[str, Any]
    try:
        answer = cloudformation.describe_stacks(StackName=name)
    except ClientError as error:
        answer = error.response
    date = answer["ResponseMetadata"].get("HTTPHeaders", {}).get("date")
    return parsedate_to_datetime(date) if date else None
