"""The provisioned stack is what the template says: the local services themselves are asked."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote_plus

import boto3
import pytest

from infra.local.lambdas.functions import functions, queue_sources, schedules
from infra.local.stack.provision import provision, update
from infra.local.stack.resources import ProvisionedStack
from infra.local.stack.template import load
from tests.infra.local.served import moto_served
from tests.upgrade.templates import earlier


@pytest.fixture(scope="module", params=["created", "updated"])
def stack(request: pytest.FixtureRequest) -> Iterator[ProvisionedStack]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        parameters = {"RowRetentionDays": "30"}
        with moto_served():
            if request.param == "updated":
                yield update(_session(), provision(_session(), earlier(), "shop"), load(), parameters)
            else:
                yield provision(_session(), load(), "shop", parameters)


def _session() -> boto3.Session:
    return boto3.Session(region_name="us-east-1")


def test_the_outputs_are_there(stack: ProvisionedStack) -> None:
    declared = load().body["Outputs"]
    assert set(stack.outputs) == set(declared)


def test_the_bucket_notifies_the_frame_queue_after_a_test_event(stack: ProvisionedStack) -> None:
    s3, sqs = _session().client("s3"), _session().client("sqs")
    bucket, queue = stack.outputs["FrameBucketName"], stack.outputs["FrameQueueUrl"]
    s3.put_object(Bucket=bucket, Key="frame/a b.jpg", Body=b"x")
    s3.put_object(Bucket=bucket, Key="other/a.jpg", Body=b"x")
    bodies: list[dict[str, Any]] = []
    while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", []):
        bodies += [json.loads(message["Body"]) for message in messages]
    assert bodies[0]["Event"] == "s3:TestEvent"
    (key,) = (body["Records"][0]["s3"]["object"]["key"] for body in bodies if "Records" in body)
    assert (key.endswith("a+b.jpg"), unquote_plus(key)) == (True, "frame/a b.jpg")


def test_the_bucket_is_private_and_forgets(stack: ProvisionedStack) -> None:
    s3, bucket = _session().client("s3"), stack.outputs["FrameBucketName"]
    block = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert all(block.values())
    (rule,) = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    assert (rule["Status"], rule["Expiration"]["Days"]) == ("Enabled", 1)
    (encryption,) = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert encryption["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    (ownership,) = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"]
    assert ownership["ObjectOwnership"] == "BucketOwnerEnforced"


@pytest.mark.parametrize(
    ("queue", "dead"),
    [("FrameQueue", "FrameDeadLetterQueue"), ("PullQueue", "PullDeadLetterQueue")],
)
def test_the_queues(stack: ProvisionedStack, queue: str, dead: str) -> None:
    sqs = _session().client("sqs")
    attributes = _attributes(sqs, stack.ids[queue])
    said = stack.resources[queue].properties
    assert attributes["VisibilityTimeout"] == str(said["VisibilityTimeout"])
    assert attributes["MessageRetentionPeriod"] == str(said["MessageRetentionPeriod"])
    assert attributes["SqsManagedSseEnabled"] == "true"
    redrive = json.loads(attributes["RedrivePolicy"])
    assert redrive["maxReceiveCount"] == said["RedrivePolicy"]["maxReceiveCount"]
    assert redrive["deadLetterTargetArn"] == _attributes(sqs, stack.ids[dead])["QueueArn"]


def test_s3_may_send_to_the_frame_queue(stack: ProvisionedStack) -> None:
    attributes = _attributes(_session().client("sqs"), stack.outputs["FrameQueueUrl"])
    (statement,) = json.loads(attributes["Policy"])["Statement"]
    assert statement["Principal"] == {"Service": "s3.amazonaws.com"}
    assert statement["Resource"] == attributes["QueueArn"]


def _attributes(sqs: Any, url: str) -> dict[str, str]:
    answer: dict[str, str] = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return answer


def test_the_history_keeps_former_versions_for_30_days(stack: ProvisionedStack) -> None:
    s3, bucket = _session().client("s3"), stack.outputs["HistoryBucketName"]
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    assert all(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values())
    (rule,) = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    assert rule["NoncurrentVersionExpiration"]["NoncurrentDays"] == 30
    assert "Expiration" not in rule


@pytest.mark.parametrize("table", ["CameraTable", "OccupancyTable", "QuarterHourTable", "StoreTable"])
def test_the_tables(stack: ProvisionedStack, table: str) -> None:
    dynamodb = _session().client("dynamodb")
    name, said = stack.ids[table], stack.resources[table].properties
    made = dynamodb.describe_table(TableName=name)["Table"]
    assert made["KeySchema"] == said["KeySchema"]
    assert made["DeletionProtectionEnabled"]
    assert made["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    indexes = [index["IndexName"] for index in made.get("GlobalSecondaryIndexes", [])]
    assert indexes == [index["IndexName"] for index in said.get("GlobalSecondaryIndexes", [])]
    backups = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    time_to_live = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    expected = "ENABLED" if "TimeToLiveSpecification" in said else "DISABLED"
    assert time_to_live["TimeToLiveStatus"] == expected


def test_the_functions_have_their_environment_resolved(stack: ProvisionedStack) -> None:
    lambda_ = _session().client("lambda")
    for function in functions(stack).values():
        made = lambda_.get_function_configuration(FunctionName=function.name)
        # moto keeps numbers; Lambda's variables are texts.
        environment = {name: str(value) for name, value in made["Environment"]["Variables"].items()}
        assert environment == function.environment
        assert (made["FunctionArn"], made["Handler"]) == (function.arn, function.handler)
        assert (made["Timeout"], made["MemorySize"]) == (function.timeout, function.memory)


def test_a_parameter_reaches_the_functions(stack: ProvisionedStack) -> None:
    (counter,) = (f for f in functions(stack).values() if f.logical_id == "CounterFunction")
    assert counter.environment["ROW_RETENTION_DAYS"] == "30"
    assert counter.environment["FRAME_BUCKET"] == stack.outputs["FrameBucketName"]


def test_the_mappings_and_schedules_for_the_runner(stack: ProvisionedStack) -> None:
    names = {arn: function.logical_id for arn, function in functions(stack).items()}
    urls = {names[source.function]: source.queue_url for source in queue_sources(stack)}
    assert urls == {
        "PullFunction": stack.outputs["PullQueueUrl"],
        "CounterFunction": stack.outputs["FrameQueueUrl"],
    }
    assert all(source.reports_failures for source in queue_sources(stack))
    expressions = {names[schedule.function]: schedule.expression for schedule in schedules(stack)}
    assert expressions == {"ScheduleFunction": "rate(1 minute)", "ClosingFunction": "cron(0/15 * * * ? *)"}
