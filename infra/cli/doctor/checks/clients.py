"""The AWS clients of doctor."""

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

PARALLEL = 20
"""Checks that run at the same time, so that a hundred cameras take seconds."""


@dataclass(frozen=True)
class DoctorClients:
    """boto3's clients, created before the threads start; threads may share them."""

    cloudformation: "CloudFormationClient"
    cloudwatch: "CloudWatchClient"
    dynamodb: "DynamoDBClient"
    iam: "IAMClient"
    kinesisvideo: "KinesisVideoClient"
    lambda_: "LambdaClient"
    organizations: Any
    """Of Organizations; its only call is DescribeEffectivePolicy."""
    rekognition: "RekognitionClient"
    s3: "S3Client"
    scheduler: "EventBridgeSchedulerClient"
    service_quotas: Any
    """Of Service Quotas; boto3's stubs of it are not installed."""
    sns: "SNSClient"
    sqs: "SQSClient"
    kvs: Readers


def clients(session: boto3.Session) -> DoctorClients:
    """The clients of the session's account. Raises AwsFailure if a setting of the environment is wrong."""
    config = client_config(PARALLEL)
    adaptive = client_config(PARALLEL, attempts=6, mode="adaptive")
    return DoctorClients(
        cloudformation=connected(lambda: session.client("cloudformation", config=config)),
        cloudwatch=connected(lambda: session.client("cloudwatch", config=config)),
        dynamodb=connected(lambda: session.client("dynamodb", config=config)),
        iam=connected(lambda: session.client("iam", config=adaptive)),
        kinesisvideo=connected(lambda: session.client("kinesisvideo", config=config)),
        lambda_=connected(lambda: session.client("lambda", config=config)),
        organizations=connected(lambda: session.client("organizations", config=config)),
        rekognition=connected(lambda: session.client("rekognition", config=adaptive)),
        s3=connected(lambda: session.client("s3", config=config)),
        scheduler=connected(lambda: session.client("scheduler", config=config)),
        service_quotas=connected(lambda: session.client("service-quotas", config=config)),
        sns=connected(lambda: session.client("sns", config=config)),
        sqs=connected(lambda: session.client("sqs", config=config)),
        kvs=readers(session, PARALLEL),
    )


def aws_time(cloudformation: "CloudFormationClient", name: str) -> datetime | None:
    """The time of AWS, in whole seconds; refused calls carry it, too: AWS refuses those of a wrong clock."""
    answer: Mapping[str, Any]
    try:
        answer = cloudformation.describe_stacks(StackName=name)
    except ClientError as error:
        answer = error.response
    date = answer["ResponseMetadata"].get("HTTPHeaders", {}).get("date")
    return parsedate_to_datetime(date) if date else None
