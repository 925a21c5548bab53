"""API calls for what moto's CloudFormation ignores, with the values of the same transformed template."""

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import boto3
from moto.sqs.models import sqs_backends

from infra.local.stack import managed_policies
from infra.local.stack.attributes import ACCOUNT
from infra.local.stack.intrinsics import UnknownIntrinsic
from infra.local.stack.resources import Resource

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import (
        LifecycleRuleTypeDef,
        QueueConfigurationTypeDef,
    )

Properties = Mapping[str, Any]


def apply(session: boto3.Session, resources: Mapping[str, Resource], ids: Mapping[str, str]) -> None:
    """Make all calls. `resources` are resolved, `ids` are the physical ids by logical id."""
    for resource in sorted(resources.values(), key=_turn):
        if resource.type in _APPLIED:
            _APPLIED[resource.type](session, ids.get(resource.logical_id, ""), resource.properties)


def _turn(resource: Resource) -> int:
    """Queues, policies, everything else.

    moto forgets a queue's policy when other attributes are set. As on AWS, S3 sends a test message when a
    bucket's notification is set, and the queue's policy has to allow it.
    """
    if resource.type == "AWS::SQS::Queue":
        return 0
    return 1 if resource.type.endswith("Policy") else 2


def _bucket(session: boto3.Session, bucket: str, properties: Properties) -> None:
    s3 = session.client("s3")
    if block := properties.get("PublicAccessBlockConfiguration"):
        s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=block)
    if ownership := properties.get("OwnershipControls"):
        s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls=ownership)
    if versioning := properties.get("VersioningConfiguration"):
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=versioning)
    if lifecycle := properties.get("LifecycleConfiguration"):
        rules = [_lifecycle_rule(rule) for rule in lifecycle["Rules"]]
        s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": rules})
    if notification := properties.get("NotificationConfiguration"):
        s3.put_bucket_notification_configuration(
            Bucket=bucket,
            NotificationConfiguration={"QueueConfigurations": _queue_configurations(notification)},
        )


def _lifecycle_rule(rule: Properties) -> "LifecycleRuleTypeDef":
    known = {
        "Id",
        "Status",
        "ExpirationInDays",
        "NoncurrentVersionExpiration",
        "AbortIncompleteMultipartUpload",
    }
    _require_known("lifecycle rule", rule, known)
    call: LifecycleRuleTypeDef = {
        "ID": rule["Id"],
        "Status": rule["Status"],
        "Filter": {"Prefix": ""},
    }
    if "ExpirationInDays" in rule:
        call["Expiration"] = {"Days": rule["ExpirationInDays"]}
    if "NoncurrentVersionExpiration" in rule:
        call["NoncurrentVersionExpiration"] = rule["NoncurrentVersionExpiration"]
    if "AbortIncompleteMultipartUpload" in rule:
        call["AbortIncompleteMultipartUpload"] = rule["AbortIncompleteMultipartUpload"]
    return call


def _queue_configurations(notification: Properties) -> list["QueueConfigurationTypeDef"]:
    _require_known("bucket notification", notification, {"QueueConfigurations"})
    configurations: list[QueueConfigurationTypeDef] = []
    for configuration in notification["QueueConfigurations"]:
        _require_known("queue configuration", configuration, {"Event", "Queue", "Filter"})
        call: QueueConfigurationTypeDef = {
            "QueueArn": configuration["Queue"],
            "Events": [configuration["Event"]],
        }
        if "Filter" in configuration:
            call["Filter"] = {"Key": {"FilterRules": configuration["Filter"]["S3Key"]["Rules"]}}
        configurations.append(call)
    return configurations


def _bucket_policy(session: boto3.Session, _: str, properties: Properties) -> None:
    document = properties["PolicyDocument"]
    # 127.0.0.1 has plain HTTP only: a statement that denies it would deny every request.
    statements = [statement for statement in document["Statement"] if not _denies_plain_http(statement)]
    if statements:
        policy = json.dumps({**document, "Statement": statements})
        session.client("s3").put_bucket_policy(Bucket=properties["Bucket"], Policy=policy)


def _denies_plain_http(statement: Properties) -> bool:
    condition = {"Bool": {"aws:SecureTransport": "false"}}
    return bool(statement["Effect"] == "Deny" and statement.get("Condition") == condition)


def _queue(session: boto3.Session, url: str, properties: Properties) -> None:
    # In an update, moto's CloudFormation changes the visibility timeout alone.
    texts = ("RedriveAllowPolicy", "RedrivePolicy")
    numbers = ("MessageRetentionPeriod", "VisibilityTimeout")
    attributes: dict[Any, str] = {name: json.dumps(properties[name]) for name in texts if name in properties}
    attributes |= {name: str(properties[name]) for name in numbers if name in properties}
    if attributes:
        session.client("sqs").set_queue_attributes(QueueUrl=url, Attributes=attributes)


def _queue_policy(session: boto3.Session, _: str, properties: Properties) -> None:
    for url in properties["Queues"]:
        session.client("sqs").set_queue_attributes(
            QueueUrl=url, Attributes={"Policy": json.dumps(properties["PolicyDocument"])}
        )


def _topic_policy(session: boto3.Session, _: str, properties: Properties) -> None:
    for topic_arn in properties["Topics"]:
        session.client("sns").set_topic_attributes(
            TopicArn=topic_arn,
            AttributeName="Policy",
            AttributeValue=json.dumps(properties["PolicyDocument"]),
        )


def _table(session: boto3.Session, table: str, properties: Properties) -> None:
    dynamodb = session.client("dynamodb")
    if recovery := properties.get("PointInTimeRecoverySpecification"):
        dynamodb.update_continuous_backups(TableName=table, PointInTimeRecoverySpecification=recovery)
    if time_to_live := properties.get("TimeToLiveSpecification"):
        dynamodb.update_time_to_live(TableName=table, TimeToLiveSpecification=time_to_live)


def _log_group(session: boto3.Session, group: str, properties: Properties) -> None:
    if days := properties.get("RetentionInDays"):
        session.client("logs").put_retention_policy(logGroupName=group, retentionInDays=int(days))


def _role(session: boto3.Session, role: str, properties: Properties) -> None:
    iam = session.client("iam")
    # moto's CloudFormation leaves the `:*` out of a log group's ARN.
    for policy in properties.get("Policies", []):
        iam.put_role_policy(
            RoleName=role,
            PolicyName=policy["PolicyName"],
            PolicyDocument=json.dumps(policy["PolicyDocument"]),
        )
    for arn in properties.get("ManagedPolicyArns", []):
        managed_policies.make_attachable(arn, session.region_name)
        iam.attach_role_policy(RoleName=role, PolicyArn=arn)


def _event_source_mapping(session: boto3.Session, _: str, properties: Properties) -> None:
    client = session.client("lambda")
    function, queue = properties["FunctionName"], properties["EventSourceArn"]
    known = client.list_event_source_mappings(FunctionName=function, EventSourceArn=queue)
    for mapping in known["EventSourceMappings"]:
        client.delete_event_source_mapping(UUID=mapping["UUID"])
    # The value of a parameter or of a mapping is a text.
    call = dict(properties)
    if "BatchSize" in call:
        call["BatchSize"] = int(call["BatchSize"])
    if "ScalingConfig" in call:
        call["ScalingConfig"] = {name: int(value) for name, value in call["ScalingConfig"].items()}
    client.create_event_source_mapping(**call)
    # Lambda only shows it: the runner polls, and moto would start a container for each message.
    queues = sqs_backends[ACCOUNT][session.region_name].queues
    queues[properties["EventSourceArn"].rpartition(":")[2]].lambda_event_source_mappings.clear()


def _schedule(session: boto3.Session, _: str, properties: Properties) -> None:
    # The template leaves the name to CloudFormation.
    name = f"{properties['Target']['Arn'].rpartition(':')[2]}-schedule"[:64]
    scheduler = session.client("scheduler")
    try:
        scheduler.create_schedule(Name=name, **properties)
    except scheduler.exceptions.ConflictException:
        scheduler.update_schedule(Name=name, **properties)


def _require_known(what: str, properties: Properties, known: set[str]) -> None:
    if unknown := sorted(properties.keys() - known):
        raise UnknownIntrinsic(
            f"the {what} of the template has {unknown[0]}: add it to infra/local/stack/provision_calls.py"
        )


_APPLIED: Mapping[str, Callable[[boto3.Session, str, Properties], None]] = {
    "AWS::S3::Bucket": _bucket,
    "AWS::S3::BucketPolicy": _bucket_policy,
    "AWS::SQS::Queue": _queue,
    "AWS::SQS::QueuePolicy": _queue_policy,
    "AWS::SNS::TopicPolicy": _topic_policy,
    "AWS::DynamoDB::Table": _table,
    "AWS::Logs::LogGroup": _log_group,
    "AWS::IAM::Role": _role,
    "AWS::Lambda::EventSourceMapping": _event_source_mapping,
    "AWS::Scheduler::Schedule": _schedule,
}
