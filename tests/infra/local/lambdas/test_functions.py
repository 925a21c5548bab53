"""Functions and their triggers, read from a stack."""

from typing import Any

import pytest

from infra.local.lambdas.functions import (
    QueueSource,
    Schedule,
    UnknownSource,
    UnsupportedSchedule,
    functions,
    queue_sources,
    schedules,
)
from infra.local.stack.resources import ProvisionedStack, Resource

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f-1"
QUEUE = "arn:aws:sqs:us-east-1:123456789012:work"
IDS = {"F": "f-1", "Work": "http://127.0.0.1/123456789012/work"}


def _stack(**sources: tuple[str, dict[str, Any]]) -> ProvisionedStack:
    resources = {
        "F": Resource("F", "AWS::Lambda::Function", {"Handler": "m.handler"}),
        "Work": Resource("Work", "AWS::SQS::Queue", {}),
        **{name: Resource(name, kind, properties) for name, (kind, properties) in sources.items()},
    }
    return ProvisionedStack("small", "us-east-1", {}, resources, IDS)


def test_lambdas_defaults() -> None:
    (function,) = functions(_stack()).values()
    assert (function.arn, function.timeout, function.memory, function.environment) == (FUNCTION, 3.0, 128, {})


def test_a_mapping_with_and_without_its_settings() -> None:
    kind = "AWS::Lambda::EventSourceMapping"
    plain = {"EventSourceArn": QUEUE, "FunctionName": "f-1"}
    full = plain | {
        "BatchSize": 25,
        "MaximumBatchingWindowInSeconds": 1,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "ScalingConfig": {"MaximumConcurrency": 2},
    }
    assert queue_sources(_stack(A=(kind, plain), B=(kind, full))) == [
        QueueSource(FUNCTION, IDS["Work"], QUEUE),
        QueueSource(FUNCTION, IDS["Work"], QUEUE, 25, 1.0, 2, reports_failures=True),
    ]


@pytest.mark.parametrize("other", [{"EventSourceArn": "arn:aws:sqs:::no"}, {"FunctionName": "no"}])
def test_a_mapping_to_something_else_is_named(other: dict[str, str]) -> None:
    properties = {"EventSourceArn": QUEUE, "FunctionName": "f-1", **other}
    with pytest.raises(UnknownSource, match="Mapping joins"):
        queue_sources(_stack(Mapping=("AWS::Lambda::EventSourceMapping", properties)))


def test_a_schedule() -> None:
    properties = {"ScheduleExpression": "rate(1 minute)", "Target": {"Arn": FUNCTION, "Input": "[]"}}
    stack = _stack(Tick=("AWS::Scheduler::Schedule", properties))
    assert schedules(stack) == [Schedule("Tick", FUNCTION, "rate(1 minute)", "[]")]


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"Target": {"Arn": FUNCTION, "DeadLetterConfig": {}}}, "Target.DeadLetterConfig"),
        ({"FlexibleTimeWindow": {"Mode": "FLEXIBLE"}}, "FlexibleTimeWindow"),
        ({"ScheduleExpressionTimezone": "Europe/Berlin"}, "ScheduleExpressionTimezone"),
    ],
)
def test_what_a_schedule_says_beyond_that_is_named(more: dict[str, Any], named: str) -> None:
    properties = {"ScheduleExpression": "rate(1 minute)", "Target": {"Arn": FUNCTION}, **more}
    with pytest.raises(UnsupportedSchedule, match=f"ignore {named} of Tick"):
        schedules(_stack(Tick=("AWS::Scheduler::Schedule", properties)))
