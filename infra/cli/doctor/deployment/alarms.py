"""The alarms: whether one is on, and whether anybody hears it."""

from collections.abc import Iterator, Sequence

from infra.cli.aws.stack import Deployed
from infra.cli.doctor.checks.clients import Clients
from infra.cli.doctor.checks.findings import Finding, ok, warning


def check_alarms(clients: Clients, deployed: Deployed) -> Iterator[Finding]:
    """Who is subscribed, then which alarms are on."""
    topic = deployed.output("AlarmTopicArn")
    pages = clients.sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
    arns = [one["SubscriptionArn"] for page in pages for one in page["Subscriptions"]]
    yield judge_subscriptions(topic, arns)
    found = clients.cloudwatch.get_paginator("describe_alarms").paginate(
        AlarmNamePrefix=f"{deployed.name}-", StateValue="ALARM"
    )
    names = [alarm["AlarmName"] for page in found for alarm in page["MetricAlarms"]]
    yield from judge_states(names)


def judge_subscriptions(topic: str, arns: Sequence[str]) -> Finding:
    """SNS says PendingConfirmation in place of the ARN until somebody has clicked the mail's link."""
    confirmed = [arn for arn in arns if arn.startswith("arn:")]
    if confirmed:
        return ok(f"somebody gets the alarms (subscriptions: {len(confirmed)})")
    if arns:
        return warning(
            "nobody gets the alarms: the subscription waits for its confirmation",
            "click the link in the mail of AWS to the AlarmEmail, or deploy with another AlarmEmail",
        )
    return warning(
        "nobody gets the alarms: their topic has no subscription",
        f"deploy with the parameter AlarmEmail, or subscribe yourself to {topic}",
    )


def judge_states(names: Sequence[str]) -> Iterator[Finding]:
    """The alarms that are on."""
    for name in names:
        yield warning(f"alarm {name} is on", "docs/deploy.md says what to do for each alarm")
    if not names:
        yield ok("no alarm is on")
