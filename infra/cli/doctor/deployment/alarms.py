"""Checks the alarms: whether one is active, and whether anybody receives them."""

from collections.abc import Iterator, Sequence

from infra.cli.aws.stack import DeployedStack
from infra.cli.doctor.checks.clients import DoctorClients
from infra.cli.doctor.checks.findings import Finding, ok, warning


def check_alarms(clients: DoctorClients, deployed: DeployedStack) -> Iterator[Finding]:
    """The subscriptions of the alarm topic, and the active alarms."""
    topic = deployed.output("AlarmTopicArn")
    pages = clients.sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
    arns = [subscription["SubscriptionArn"] for page in pages for subscription in page["Subscriptions"]]
    yield judge_subscriptions(topic, arns)
    found = clients.cloudwatch.get_paginator("describe_alarms").paginate(
        AlarmNamePrefix=f"{deployed.name}-", StateValue="ALARM"
    )
    names = [alarm["AlarmName"] for page in found for alarm in page["MetricAlarms"]]
    yield from judge_states(names)


def judge_subscriptions(topic: str, arns: Sequence[str]) -> Finding:
    """Whether somebody gets the alarms.

    SNS gives PendingConfirmation instead of an ARN until somebody has clicked the link in the mail.
    """
    confirmed = [arn for arn in arns if arn.startswith("arn:")]
    if confirmed:
        return ok(f"somebody gets the alarms (subscriptions: {len(confirmed)})")
    if arns:
        return warning(
            "nobody gets the alarms: the subscription is not confirmed",
            "click the link in the mail that AWS sent to AlarmEmail, or deploy with another AlarmEmail",
        )
    return warning(
        "nobody gets the alarms: their topic has no subscription",
        f"deploy with the parameter AlarmEmail, or subscribe to {topic} yourself",
    )


def judge_states(names: Sequence[str]) -> Iterator[Finding]:
    """One warning for each active alarm."""
    for name in names:
        yield warning(f"alarm {name} is active", "docs/deploy.md says what to do for each alarm")
    if not names:
        yield ok("no alarm is active")
