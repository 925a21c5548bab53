"""The stack's functions and what triggers them, read from the provisioned stack. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from infra.local.stack.attributes import attribute
from infra.local.stack.resources import ProvisionedStack, Resource
from ingest.errors import OccupancyError

DEFAULT_BATCH_SIZE = 10  # of SQS event source mappings


class UnknownSource(OccupancyError):
    """An event source whose queue or function the stack does not have."""


class UnsupportedSchedule(OccupancyError):
    """A schedule with a setting that the local cloud would ignore."""


@dataclass(frozen=True)
class Function:
    """One Lambda function; `timeout` in seconds, `memory` in MB."""

    logical_id: str
    name: str
    arn: str
    handler: str
    timeout: float
    memory: int
    environment: Mapping[str, str]


@dataclass(frozen=True)
class QueueSource:
    """An SQS queue that a function reads; `window` in seconds, `concurrency` None for no limit."""

    function: str
    queue_url: str
    queue_arn: str
    batch_size: int = DEFAULT_BATCH_SIZE
    window: float = 0.0
    concurrency: int | None = None
    reports_failures: bool = False


@dataclass(frozen=True)
class Schedule:
    """A schedule that invokes a function with `payload`: JSON text with EventBridge's context attributes."""

    name: str
    function: str
    expression: str
    payload: str


def functions(stack: ProvisionedStack) -> dict[str, Function]:
    """All functions, by ARN."""
    found = (_function(stack, resource) for resource in _of_type(stack, "AWS::Lambda::Function"))
    return {function.arn: function for function in found}


def queue_sources(stack: ProvisionedStack) -> list[QueueSource]:
    """Which function reads which queue. Raises UnknownSource."""
    by_name = {function.name: function.arn for function in functions(stack).values()}
    urls = {
        attribute(resource.type, stack.ids[resource.logical_id], "Arn", stack.region): stack.ids[
            resource.logical_id
        ]
        for resource in _of_type(stack, "AWS::SQS::Queue")
    }
    sources = []
    for resource in _of_type(stack, "AWS::Lambda::EventSourceMapping"):
        properties = resource.properties
        if properties["EventSourceArn"] not in urls or properties["FunctionName"] not in by_name:
            raise UnknownSource(
                f"{resource.logical_id} joins {properties['EventSourceArn']} to"
                f" {properties['FunctionName']}, which are not both in stack {stack.name!r}"
            )
        arn = properties["EventSourceArn"]
        sources.append(_queue_source(by_name[properties["FunctionName"]], urls[arn], properties))
    return sources


def schedules(stack: ProvisionedStack) -> list[Schedule]:
    """All schedules. Raises UnsupportedSchedule."""
    return [_schedule(resource) for resource in _of_type(stack, "AWS::Scheduler::Schedule")]


def _of_type(stack: ProvisionedStack, resource_type: str) -> Iterable[Resource]:
    return (resource for resource in stack.resources.values() if resource.type == resource_type)


def _function(stack: ProvisionedStack, resource: Resource) -> Function:
    name = stack.ids[resource.logical_id]
    properties = resource.properties
    return Function(
        logical_id=resource.logical_id,
        name=name,
        arn=attribute(resource.type, name, "Arn", stack.region),
        handler=properties["Handler"],
        timeout=float(properties.get("Timeout", 3)),
        memory=int(properties.get("MemorySize", 128)),
        environment={
            key: str(value) for key, value in properties.get("Environment", {}).get("Variables", {}).items()
        },
    )


# A failed tick is reported, not retried, so RetryPolicy has no meaning here.
_TARGET = {"Arn", "Input", "RetryPolicy", "RoleArn"}


def _schedule(resource: Resource) -> Schedule:
    properties, target = resource.properties, resource.properties["Target"]
    ignored = [f"Target.{name}" for name in sorted(target.keys() - _TARGET)]
    if properties.get("FlexibleTimeWindow", {}).get("Mode", "OFF") != "OFF":
        ignored.append("FlexibleTimeWindow")
    if properties.get("ScheduleExpressionTimezone", "UTC") != "UTC":
        ignored.append("ScheduleExpressionTimezone")
    if ignored:
        raise UnsupportedSchedule(
            f"the local cloud would ignore {', '.join(ignored)} of {resource.logical_id}:"
            " add it to infra/local/lambdas/functions.py and runner.py"
        )
    return Schedule(
        name=resource.logical_id,
        function=target["Arn"],
        expression=properties["ScheduleExpression"],
        payload=target.get("Input", "{}"),
    )


def _queue_source(function: str, url: str, properties: Mapping[str, Any]) -> QueueSource:
    concurrency = properties.get("ScalingConfig", {}).get("MaximumConcurrency")
    return QueueSource(
        function=function,
        queue_url=url,
        queue_arn=properties["EventSourceArn"],
        batch_size=int(properties.get("BatchSize", DEFAULT_BATCH_SIZE)),
        window=float(properties.get("MaximumBatchingWindowInSeconds", 0)),
        concurrency=int(concurrency) if concurrency else None,  # a parameter's value is a text
        reports_failures="ReportBatchItemFailures" in properties.get("FunctionResponseTypes", []),
    )
