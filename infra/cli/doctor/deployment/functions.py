"""Checks the functions: whether they exist and can run, and whether their triggers are enabled."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from infra.cli.aws.stack import DeployedStack
from infra.cli.doctor.checks.clients import DoctorClients
from infra.cli.doctor.checks.findings import Finding, ok, wrong
from infra.cli.doctor.deployment.stack import DEPLOY_AGAIN
from infra.iam.functions import QUEUES, StackFunction

if TYPE_CHECKING:
    from mypy_boto3_lambda.type_defs import EventSourceMappingConfigurationTypeDef
    from mypy_boto3_scheduler.type_defs import ScheduleSummaryTypeDef

SCHEDULED = (StackFunction.SCHEDULE, StackFunction.CLOSING)


def check_function(
    clients: DoctorClients, deployed: DeployedStack, function: StackFunction
) -> Iterator[Finding]:
    """A function and its trigger."""
    name = deployed.output(function.output)
    lambda_ = clients.lambda_
    try:
        configuration = lambda_.get_function_configuration(FunctionName=name)
    except lambda_.exceptions.ResourceNotFoundException:
        yield wrong(f"{function}Function ({name}) does not exist: somebody deleted it", DEPLOY_AGAIN)
        return
    reserved = lambda_.get_function_concurrency(FunctionName=name).get("ReservedConcurrentExecutions")
    yield from judge_function(function, configuration, reserved)
    if function in QUEUES:
        mappings = lambda_.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
        yield judge_mapping(function, mappings, deployed.output(QUEUES[function]))
    if function in SCHEDULED:
        pages = clients.scheduler.get_paginator("list_schedules").paginate()
        schedules = [schedule for page in pages for schedule in page["Schedules"]]
        yield judge_schedule(function, schedules, configuration["FunctionArn"])


def judge_function(
    function: StackFunction, configuration: Mapping[str, Any], reserved: int | None
) -> Iterator[Finding]:
    """Whether the function's state and its reserved concurrency let it run."""
    state, update = configuration.get("State", "Active"), configuration.get("LastUpdateStatus", "Successful")
    if state == "Failed" or update == "Failed":
        reason = (
            configuration.get("StateReason")
            or configuration.get("LastUpdateStatusReason")
            or "no reason given"
        )
        yield wrong(f"{function}Function cannot run: {reason}", DEPLOY_AGAIN)
    elif reserved == 0:
        yield wrong(
            f"{function}Function is throttled: its reserved concurrency is 0",
            "remove it with `aws lambda delete-function-concurrency --function-name"
            f" {configuration['FunctionName']}`",
        )
    else:
        yield ok(f"{function}Function exists and can run")


def judge_mapping(
    function: StackFunction, mappings: "list[EventSourceMappingConfigurationTypeDef]", queue_url: str
) -> Finding:
    """Whether Lambda polls the queue of the function."""
    queue = queue_url.rpartition("/")[2]
    ours = [mapping for mapping in mappings if mapping.get("EventSourceArn", "").rpartition(":")[2] == queue]
    if not ours:
        return wrong(
            f"{function}Function is not triggered by its queue {queue}: the mapping does not exist",
            DEPLOY_AGAIN,
        )
    mapping = ours[0]
    if mapping["State"] not in {"Enabled", "Creating", "Enabling", "Updating"}:
        return wrong(
            f"{function}Function is not triggered by its queue {queue}: the mapping is {mapping['State']}",
            f"enable it with `aws lambda update-event-source-mapping --uuid {mapping['UUID']} --enabled`",
        )
    return ok(f"{function}Function is triggered by its queue {queue}")


def judge_schedule(
    function: StackFunction, schedules: "list[ScheduleSummaryTypeDef]", function_arn: str
) -> Finding:
    """Whether EventBridge Scheduler invokes the function."""
    ours = [schedule for schedule in schedules if schedule["Target"]["Arn"] == function_arn]
    if not ours:
        return wrong(f"{function}Function has no schedule", DEPLOY_AGAIN)
    if all(schedule["State"] != "ENABLED" for schedule in ours):
        return wrong(
            f"the schedule {ours[0]['Name']!r} of {function}Function is {ours[0]['State']}",
            "enable it in the EventBridge Scheduler console",
        )
    return ok(f"{function}Function is triggered by its schedule {ours[0]['Name']!r}")
