"""The functions: whether they are there and can run, and whether what starts them is switched on."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from infra.cli.aws.stack import Deployed
from infra.cli.doctor.checks.clients import Clients
from infra.cli.doctor.checks.findings import Finding, ok, wrong
from infra.cli.doctor.deployment.stack import DEPLOY_AGAIN
from infra.iam.functions import QUEUES, StackFunction

if TYPE_CHECKING:
    from mypy_boto3_lambda.type_defs import EventSourceMappingConfigurationTypeDef
    from mypy_boto3_scheduler.type_defs import ScheduleSummaryTypeDef

SCHEDULED = (StackFunction.SCHEDULE, StackFunction.CLOSING)


def check_function(clients: Clients, deployed: Deployed, kind: StackFunction) -> Iterator[Finding]:
    """One function, and what starts it."""
    name = deployed.output(kind.output)
    lambda_ = clients.lambda_
    try:
        configuration = lambda_.get_function_configuration(FunctionName=name)
    except lambda_.exceptions.ResourceNotFoundException:
        yield wrong(f"{kind}Function ({name}) does not exist: somebody deleted it", DEPLOY_AGAIN)
        return
    reserved = lambda_.get_function_concurrency(FunctionName=name).get("ReservedConcurrentExecutions")
    yield from judge_function(kind, configuration, reserved)
    if kind in QUEUES:
        mappings = lambda_.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
        yield judge_mapping(kind, mappings, deployed.output(QUEUES[kind]))
    if kind in SCHEDULED:
        pages = clients.scheduler.get_paginator("list_schedules").paginate()
        schedules = [one for page in pages for one in page["Schedules"]]
        yield judge_schedule(kind, schedules, configuration["FunctionArn"])


def judge_function(
    kind: StackFunction, configuration: Mapping[str, Any], reserved: int | None
) -> Iterator[Finding]:
    """Its state, and whether it may run at all."""
    state, update = configuration.get("State", "Active"), configuration.get("LastUpdateStatus", "Successful")
    if state == "Failed" or update == "Failed":
        reason = (
            configuration.get("StateReason")
            or configuration.get("LastUpdateStatusReason")
            or "no reason given"
        )
        yield wrong(f"{kind}Function cannot run: {reason}", DEPLOY_AGAIN)
    elif reserved == 0:
        yield wrong(
            f"{kind}Function is throttled: its reserved concurrency is 0",
            "take it away by `aws lambda delete-function-concurrency --function-name"
            f" {configuration['FunctionName']}`",
        )
    else:
        yield ok(f"{kind}Function is there and can run")


def judge_mapping(
    kind: StackFunction, mappings: "list[EventSourceMappingConfigurationTypeDef]", queue_url: str
) -> Finding:
    """Whether Lambda polls the function's queue."""
    queue = queue_url.rpartition("/")[2]
    ours = [one for one in mappings if one.get("EventSourceArn", "").rpartition(":")[2] == queue]
    if not ours:
        return wrong(f"{kind}Function is not started by its queue {queue}: the mapping is gone", DEPLOY_AGAIN)
    mapping = ours[0]
    if mapping["State"] not in {"Enabled", "Creating", "Enabling", "Updating"}:
        return wrong(
            f"{kind}Function is not started by its queue {queue}: the mapping is {mapping['State']}",
            f"switch it on by `aws lambda update-event-source-mapping --uuid {mapping['UUID']} --enabled`",
        )
    return ok(f"{kind}Function is started by its queue {queue}")


def judge_schedule(
    kind: StackFunction, schedules: "list[ScheduleSummaryTypeDef]", function_arn: str
) -> Finding:
    """Whether EventBridge Scheduler starts the function."""
    ours = [one for one in schedules if one["Target"]["Arn"] == function_arn]
    if not ours:
        return wrong(f"{kind}Function is started by no schedule: the schedule is gone", DEPLOY_AGAIN)
    if all(one["State"] != "ENABLED" for one in ours):
        return wrong(
            f"the schedule {ours[0]['Name']!r} of {kind}Function is {ours[0]['State']}",
            "enable it in the console of EventBridge Scheduler",
        )
    return ok(f"{kind}Function is started by its schedule {ours[0]['Name']!r}")
