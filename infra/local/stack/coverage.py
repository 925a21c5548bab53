"""What applies each property of the template here: moto's CloudFormation, our own calls, or the runner.

A property in none of the tables is an error, so that no change of the template is ignored silently.
tests/infra/local/stack/test_provision.py checks what moto's CloudFormation (5.2.5) applies.
"""

from collections.abc import Iterable, Mapping

from infra.local.stack.resources import Resource
from ingest.errors import OccupancyError

BY_CLOUDFORMATION: Mapping[str, frozenset[str]] = {
    "AWS::DynamoDB::Table": frozenset(
        {
            "AttributeDefinitions",
            "BillingMode",
            "DeletionProtectionEnabled",
            "GlobalSecondaryIndexes",
            "KeySchema",
            "SSESpecification",
        }
    ),
    "AWS::IAM::ManagedPolicy": frozenset({"Description", "PolicyDocument"}),
    "AWS::IAM::Role": frozenset({"AssumeRolePolicyDocument", "Policies"}),
    "AWS::Lambda::Function": frozenset(
        {"Code", "Description", "Environment", "Handler", "MemorySize", "Role", "Runtime", "Timeout"}
    ),
    "AWS::Logs::LogGroup": frozenset({"LogGroupName"}),
    "AWS::S3::Bucket": frozenset({"BucketEncryption"}),
    "AWS::SNS::Topic": frozenset({"DisplayName"}),
    "AWS::SQS::Queue": frozenset(
        {"MessageRetentionPeriod", "QueueName", "RedrivePolicy", "SqsManagedSseEnabled", "VisibilityTimeout"}
    ),
}

BY_CALLS: Mapping[str, frozenset[str]] = {
    "AWS::DynamoDB::Table": frozenset({"PointInTimeRecoverySpecification", "TimeToLiveSpecification"}),
    "AWS::IAM::Role": frozenset({"ManagedPolicyArns"}),
    "AWS::Logs::LogGroup": frozenset({"RetentionInDays"}),
    "AWS::S3::Bucket": frozenset(
        {
            "LifecycleConfiguration",
            "NotificationConfiguration",
            "OwnershipControls",
            "PublicAccessBlockConfiguration",
            "VersioningConfiguration",
        }
    ),
    "AWS::S3::BucketPolicy": frozenset({"Bucket", "PolicyDocument"}),
    "AWS::SNS::TopicPolicy": frozenset({"PolicyDocument", "Topics"}),
    "AWS::SQS::Queue": frozenset({"RedriveAllowPolicy"}),
    "AWS::SQS::QueuePolicy": frozenset({"PolicyDocument", "Queues"}),
}
"""Applied by `provision_calls.py`, with the values of the same transformed template."""

# Lambda and EventBridge Scheduler only show them (`provision_calls.py`).
BY_THE_RUNNER: Mapping[str, frozenset[str]] = {
    "AWS::Lambda::EventSourceMapping": frozenset(
        {
            "BatchSize",
            "EventSourceArn",
            "FunctionName",
            "FunctionResponseTypes",
            "MaximumBatchingWindowInSeconds",
            "ScalingConfig",
        }
    ),
    "AWS::Scheduler::Schedule": frozenset(
        {
            "Description",
            "FlexibleTimeWindow",
            "ScheduleExpression",
            "ScheduleExpressionTimezone",
            "Target",
        }
    ),
}

HARMLESS: Mapping[str, frozenset[str]] = {
    # The code runs on this machine's processor, and its logs stay in .local.
    "AWS::Lambda::Function": frozenset({"Architectures", "LoggingConfig", "Tags", "TracingConfig"}),
}

LEFT_OUT = frozenset(
    {
        # The runner reports failures on the terminal at once.
        "AWS::CloudWatch::Alarm",
        # It shows CloudWatch's metrics and logs, which the local cloud does not keep.
        "AWS::CloudWatch::Dashboard",
        # Retries of a failed tick: the runner reports it, and the next tick does the work.
        "AWS::Lambda::EventInvokeConfig",
        # The local cloud sends no mail.
        "AWS::SNS::Subscription",
    }
)
"""Types that have no meaning on one machine."""

NOT_FOR_CLOUDFORMATION = (
    LEFT_OUT
    | BY_THE_RUNNER.keys()
    | {"AWS::S3::BucketPolicy", "AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy"}
)
"""Types that moto's CloudFormation would skip with a warning, or for which it would call docker."""


class UncoveredProperty(OccupancyError):
    """The local cloud would ignore a property of the template."""

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__(
            f"the local cloud would ignore {', '.join(names)} of the template:"
            " apply it in infra/local/stack/provision_calls.py,"
            " or say in infra/local/stack/coverage.py why it is harmless"
        )


def check(resources: Iterable[Resource]) -> None:
    """Check that each property is applied or harmless. Raises UncoveredProperty, which names all others."""
    uncovered = [
        f"{resource.logical_id}.{name} ({resource.type})"
        for resource in resources
        if resource.type not in LEFT_OUT
        for name in resource.properties or ["its whole type"]
        if not _is_covered(resource.type, name)
    ]
    if uncovered:
        raise UncoveredProperty(uncovered)


def _is_covered(resource_type: str, name: str) -> bool:
    tables = (BY_CLOUDFORMATION, BY_CALLS, BY_THE_RUNNER, HARMLESS)
    if name == "its whole type":
        return any(resource_type in table for table in tables)
    return any(name in table.get(resource_type, ()) for table in tables)
