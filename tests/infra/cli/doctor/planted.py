"""Faults to plant into a healthy deployment; each one removes itself again."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from moto.cloudwatch.models import cloudwatch_backends
from moto.s3.models import s3_backends

from infra.iam.functions import STREAM_TAG
from infra.local.stack.attributes import ACCOUNT
from ingest.aws.dynamodb import to_item
from ingest.registry.camera import Camera, Source
from ingest.registry.opening_hours import from_map
from ingest.registry.sampling import Sampling
from tests.infra.cli.doctor.conftest import World

EVERY_MINUTE = 60
Fault = Callable[[World], AbstractContextManager[None]]


@contextmanager
def throttled_function(world: World) -> Iterator[None]:
    lambda_, name = world.client("lambda"), world.output("CounterFunctionName")
    lambda_.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    yield
    lambda_.delete_function_concurrency(FunctionName=name)


@contextmanager
def new_account(world: World) -> Iterator[None]:
    with patch("infra.local.aws.account_settings.CONCURRENT_EXECUTIONS", 10):
        yield


@contextmanager
def _busy(world: World, number: int) -> Iterator[None]:
    """So many cameras of an image a second each."""
    names = [f"busy-{each}" for each in range(number)]
    for name in names:
        world.cloud.registry.add(Camera(name, "busy", world.now(), Source.PUSH, sampling=Sampling(1)))
    yield
    for name in names:
        world.cloud.registry.remove(name)


@contextmanager
def small_quota(world: World) -> Iterator[None]:
    """The stack counts twice what the cameras need, and the account's quota is lower."""
    with patch("infra.local.aws.service_quotas.DETECT_LABELS_PER_SECOND", 3.0), _busy(world, 2):
        yield


@contextmanager
def busy_cameras(world: World) -> Iterator[None]:
    """As many images a second as a stack with the defaults cannot count."""
    with _busy(world, 12):
        yield


@contextmanager
def not_opted_out(world: World) -> Iterator[None]:
    with patch("infra.local.aws.organization.POLICY", {"services": {"default": {"opt_out_policy": "optIn"}}}):
        yield


@contextmanager
def untagged_stream(world: World) -> Iterator[None]:
    kinesisvideo = world.client("kinesisvideo")
    kinesisvideo.untag_stream(StreamName="door", TagKeyList=[STREAM_TAG])
    yield
    kinesisvideo.tag_stream(StreamName="door", Tags={STREAM_TAG: world.cloud.stack.name})


@contextmanager
def disabled_mapping(world: World) -> Iterator[None]:
    lambda_ = world.client("lambda")
    (mapping,) = lambda_.list_event_source_mappings(FunctionName=world.output("PullFunctionName"))[
        "EventSourceMappings"
    ]
    lambda_.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    yield
    lambda_.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)


@contextmanager
def disabled_schedule(world: World) -> Iterator[None]:
    scheduler = world.client("scheduler")
    name = next(
        schedule["Name"]
        for schedule in scheduler.list_schedules()["Schedules"]
        if "Closing" in schedule["Name"]
    )
    found = scheduler.get_schedule(Name=name)
    settings = {key: found[key] for key in ("Name", "ScheduleExpression", "FlexibleTimeWindow", "Target")}
    scheduler.update_schedule(**settings, State="DISABLED")
    yield
    scheduler.update_schedule(**settings, State="ENABLED")


@contextmanager
def short_visibility(world: World) -> Iterator[None]:
    sqs, url = world.client("sqs"), world.output("FrameQueueUrl")
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "30"})
    yield
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "361"})


@contextmanager
def few_receives(world: World) -> Iterator[None]:
    """The receive count of stacks that were deployed by earlier versions."""
    sqs, url = world.client("sqs"), world.output("FrameQueueUrl")
    policy = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])["Attributes"]
    old = json.loads(policy["RedrivePolicy"]) | {"maxReceiveCount": 10}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": json.dumps(old)})
    yield
    sqs.set_queue_attributes(QueueUrl=url, Attributes=policy)


@contextmanager
def no_notification(world: World) -> Iterator[None]:
    s3, bucket = world.client("s3"), world.output("FrameBucketName")
    before = s3.get_bucket_notification_configuration(Bucket=bucket)["QueueConfigurations"]
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={})
    yield
    s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"QueueConfigurations": before}
    )


@contextmanager
def no_lifecycle(world: World) -> Iterator[None]:
    s3, bucket = world.client("s3"), world.output("FrameBucketName")
    rules = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    s3.delete_bucket_lifecycle(Bucket=bucket)
    yield
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": rules})


@contextmanager
def open_to_the_public(world: World) -> Iterator[None]:
    s3, bucket = world.client("s3"), world.output("FrameBucketName")
    block = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    s3.delete_public_access_block(Bucket=bucket)
    yield
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=block)


@contextmanager
def versioned_bucket(world: World) -> Iterator[None]:
    bucket = world.output("FrameBucketName")
    world.client("s3").put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    yield
    # The API can only suspend it, as in AWS.
    s3_backends[ACCOUNT]["aws"].buckets[bucket].versioning_status = None


@contextmanager
def nobody_subscribed(world: World) -> Iterator[None]:
    sns, topic = world.client("sns"), world.output("AlarmTopicArn")
    (subscription,) = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    sns.unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])
    yield
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="a@example.com")


@contextmanager
def alarm_on(world: World) -> Iterator[None]:
    cloudwatch = world.client("cloudwatch")
    name = "store-occupancy-PullsFailedAlarm-1"
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        Namespace="store-occupancy",
        MetricName="PullsFailed",
        Statistic="Sum",
        Period=300,
        EvaluationPeriods=3,
        ComparisonOperator="GreaterThanThreshold",
        Threshold=0,
    )
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="a test")
    yield
    cloudwatch.delete_alarms(AlarmNames=[name])


@contextmanager
def right_taken_away(world: World) -> Iterator[None]:
    iam = world.client("iam")
    role = world.cloud.stack.ids["PullRole"]
    document = iam.get_role_policy(RoleName=role, PolicyName="pull")["PolicyDocument"]
    kept = [statement for statement in document["Statement"] if statement["Action"] != "s3:PutObject"]
    assert len(kept) == len(document["Statement"]) - 1
    put_policy(iam, role, {**document, "Statement": kept})
    yield
    put_policy(iam, role, document)


@contextmanager
def right_denied(world: World) -> Iterator[None]:
    iam, role = world.client("iam"), world.cloud.stack.ids["CounterRole"]
    deny = {"Effect": "Deny", "Action": "rekognition:*", "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [deny]}
    iam.put_role_policy(RoleName=role, PolicyName="deny", PolicyDocument=json.dumps(document))
    yield
    iam.delete_role_policy(RoleName=role, PolicyName="deny")


def put_policy(iam: Any, role: str, document: dict[str, Any]) -> None:
    iam.put_role_policy(RoleName=role, PolicyName="pull", PolicyDocument=json.dumps(document))


@contextmanager
def dead_letter(world: World) -> Iterator[None]:
    sqs, url = world.client("sqs"), world.output("FrameDeadLetterQueueUrl")
    reason = {"Reason": {"DataType": "String", "StringValue": "camera 'x' is not in the registry: add it"}}
    for body in ("one", "two"):
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageAttributes=reason)
    yield
    empty(world, url)


def empty(world: World, url: str) -> None:
    """Delete all messages, without PurgeQueue, which SQS allows once a minute."""
    sqs = world.client("sqs")
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


@contextmanager
def old_message(world: World) -> Iterator[None]:
    name = world.output("FrameQueueUrl").rpartition("/")[2]
    metric = {
        "MetricName": "ApproximateAgeOfOldestMessage",
        "Dimensions": [{"Name": "QueueName", "Value": name}],
        "Timestamp": world.now() - timedelta(seconds=70),
        "Value": 1800,
    }
    world.client("cloudwatch").put_metric_data(Namespace="AWS/SQS", MetricData=[metric])
    yield
    cloudwatch_backends[ACCOUNT]["us-east-1"].metric_data.clear()


@contextmanager
def own_clock_off(world: World) -> Iterator[None]:
    world.off = timedelta(minutes=6)
    yield
    world.off = timedelta()


@contextmanager
def unreadable_item(world: World) -> Iterator[None]:
    dynamodb, table = world.client("dynamodb"), world.output("CameraTableName")
    dynamodb.put_item(TableName=table, Item=to_item({"CameraId": "broken", "StoreId": "berlin-1"}))
    yield
    dynamodb.delete_item(TableName=table, Key=to_item({"CameraId": "broken"}))


@contextmanager
def shared_stream(world: World) -> Iterator[None]:
    world.cloud.registry.add(Camera("twin", "berlin-1", world.now(), stream_name="door"))
    yield
    world.cloud.registry.remove("twin")


@contextmanager
def spare_stream(world: World) -> Iterator[None]:
    world.create_stream("spare")
    yield
    world.delete_stream("spare")


@contextmanager
def never_open(world: World) -> Iterator[None]:
    world.add("closed", sampling=Sampling(EVERY_MINUTE, opening_hours=from_map({})))
    yield
    world.remove("closed")


@contextmanager
def odd_interval(world: World) -> Iterator[None]:
    world.add("odd", sampling=Sampling(420))
    yield
    world.remove("odd")


@contextmanager
def other_zone(world: World) -> Iterator[None]:
    world.add("far", sampling=Sampling(EVERY_MINUTE, time_zone="Asia/Tokyo"))
    yield
    world.remove("far")
