"""The runner on a small stack: queues are served, schedules tick, failures are collected by name."""

import signal
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from queue import Empty, Queue
from threading import Event as Signal
from typing import Any

import boto3
import pytest

from infra.local.lambdas.functions import Function
from infra.local.lambdas.invocation import Handler
from infra.local.lambdas.runner import NoHandler, Runner
from infra.local.lambdas.schedules import UnknownExpression
from infra.local.stack.provision import provision
from infra.local.stack.resources import ProvisionedStack
from infra.local.stack.template import load
from ingest.times import from_text
from tests.infra.local.served import moto_served

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Parameters:
  Colour: {Type: String, Default: red}
Resources:
  Work:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 600
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 1}
  Dead: {Type: AWS::SQS::Queue, Properties: {QueueName: dead}}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: here
      Handler: nowhere.worker.handler
      Runtime: python3.13
      Timeout: 7
      Role: !GetAtt Role.Arn
      Environment: {Variables: {COLOUR: !Ref Colour, DEAD_QUEUE_URL: !Ref Dead}}
      Events:
        Queued:
          Type: SQS
          Properties:
            Queue: !GetAtt Work.Arn
            FunctionResponseTypes: [ReportBatchItemFailures]
            ScalingConfig: {MaximumConcurrency: 2}
        Timed:
          Type: ScheduleV2
          Properties:
            OmitName: true
            ScheduleExpression: SCHEDULE
            Input: '{"time": "<aws.scheduler.scheduled-time>"}'
            RoleArn: !GetAtt Role.Arn
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}
"""
LONG = 30.0  # s that a test waits at most for what comes in a moment


@pytest.fixture
def stack(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[ProvisionedStack]:
    expression = getattr(request, "param", "rate(1 minute)")
    path = tmp_path / "template.yaml"
    path.write_text(TEMPLATE.replace("SCHEDULE", expression))
    with moto_served():
        yield provision(boto3.Session(region_name="us-east-1"), load(path), "small")


class Clock:
    """A clock that only advances when it is set."""

    def __init__(self) -> None:
        self.time = from_text("2026-11-22T14:05:00Z")

    def now(self) -> datetime:
        return self.time


def test_messages_reach_the_handler_and_leave_the_queue(stack: ProvisionedStack) -> None:
    events: Queue[tuple[Any, Any]] = Queue()

    def start(_: ProvisionedStack, function: Function) -> Handler:
        assert function.environment == {"COLOUR": "red", "DEAD_QUEUE_URL": stack.ids["Dead"]}
        return lambda event, context: events.put((event, context))

    sqs = boto3.client("sqs", region_name="us-east-1")
    with Runner(stack, long_poll=0, start=start, now=Clock().now) as runner:
        sqs.send_message(QueueUrl=stack.ids["Work"], MessageBody="a")
        event, context = events.get(timeout=LONG)
    assert event["Records"][0]["body"] == "a"
    assert context.function_name == stack.ids["Worker"]
    assert 0 < context.get_remaining_time_in_millis() <= 7000
    assert not runner.failures
    assert "Messages" not in sqs.receive_message(QueueUrl=stack.ids["Work"])


def test_a_function_is_invoked_at_once(stack: ProvisionedStack) -> None:
    with Runner(
        stack, long_poll=0, start=lambda *_: lambda event, _: event["x"] + 1, now=Clock().now
    ) as runner:
        assert runner.invoke("Worker", {"x": 1}).result == 2
        assert runner.invoke("Worker", {}).failure == runner.failures[0]
    assert [str(failure) for failure in runner.failures] == ["Worker: KeyError: 'x'"]


def test_a_failing_function_is_named_and_its_message_redriven(stack: ProvisionedStack) -> None:
    failed = Signal()

    def fail(event: Any, _: object) -> None:
        handles.append(event["Records"][0]["receiptHandle"])
        failed.set()
        raise RuntimeError("out of order")

    handles: list[str] = []
    sqs = boto3.client("sqs", region_name="us-east-1")
    with Runner(stack, long_poll=0, start=lambda *_: fail, now=Clock().now) as runner:
        sqs.send_message(QueueUrl=stack.ids["Work"], MessageBody="a")
        assert failed.wait(LONG)
    sqs.change_message_visibility(QueueUrl=stack.ids["Work"], ReceiptHandle=handles[0], VisibilityTimeout=0)
    assert [str(failure) for failure in runner.failures] == ["Worker: RuntimeError: out of order"]
    assert "Messages" not in sqs.receive_message(QueueUrl=stack.ids["Work"])
    (dead,) = sqs.receive_message(QueueUrl=stack.ids["Dead"])["Messages"]
    assert dead["Body"] == "a"


def test_invocations_run_beside_each_other_in_environments_of_their_own(stack: ProvisionedStack) -> None:
    """As many as MaximumConcurrency says, and no more."""
    began: Queue[int] = Queue()
    release = Signal()
    environments: list[int] = []

    def start(*_: object) -> Handler:
        number = len(environments)
        environments.append(number)

        def handle(*_: object) -> None:
            began.put(number)
            release.wait(LONG)

        return handle

    sqs = boto3.client("sqs", region_name="us-east-1")
    for number in range(25):  # 10 messages a batch, in three batches
        sqs.send_message(QueueUrl=stack.ids["Work"], MessageBody=str(number))
    with Runner(stack, long_poll=0, start=start, now=Clock().now) as runner:
        busy = [began.get(timeout=LONG), began.get(timeout=LONG)]
        with pytest.raises(Empty):
            began.get(timeout=0.5)
        release.set()
        third = began.get(timeout=LONG)
    assert sorted(busy) == sorted(environments) == [0, 1]
    assert third in busy
    assert not runner.failures


def test_a_schedule_ticks_by_the_clock_until_told_to_stop(stack: ProvisionedStack) -> None:
    events: Queue[Any] = Queue()
    clock = Clock()
    runner = Runner(stack, long_poll=0, start=lambda *_: lambda event, _: events.put(event), now=clock.now)
    with runner:
        for minute in (1, 2, 3):
            clock.time = from_text(f"2026-11-22T14:0{5 + minute}:20Z")
            assert events.get(timeout=LONG) == {"time": f"2026-11-22T14:0{5 + minute}:00Z"}
        runner.stop_ticking()
        for ticker in runner._tickers:
            ticker.join(LONG)
        assert not runner.ticking
        clock.time = from_text("2026-11-22T14:30:00Z")
    assert events.empty()


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    """Install Python's own handler: background jobs of a shell, as in some CI, inherit SIGINT as ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ctrl_c")
@pytest.mark.parametrize("again", [False, True], ids=["at the bound", "at a second Ctrl-C"])
def test_the_end_does_not_wait_for_a_long_invocation(stack: ProvisionedStack, again: bool) -> None:
    began, release = Signal(), Signal()

    def run_long(*_: object) -> None:
        began.set()
        release.wait(LONG)

    def tell(sentence: str) -> None:
        told.append(sentence)
        if again and len(told) == 1:
            signal.raise_signal(signal.SIGINT)

    told: list[str] = []
    boto3.client("sqs", region_name="us-east-1").send_message(QueueUrl=stack.ids["Work"], MessageBody="a")
    patience = LONG if again else 0.1
    with Runner(
        stack, long_poll=0, start=lambda *_: run_long, now=Clock().now, tell=tell, patience=patience
    ) as runner:
        assert began.wait(LONG)
    assert not release.is_set()
    assert runner.unfinished == ("Worker",)
    assert told == [
        "waiting for Worker to end; Ctrl-C again ends at once",
        "still running at the end: Worker",
    ]
    release.set()
    for poller in runner._pollers:
        poller.join(LONG)


def test_an_end_with_nothing_running_says_nothing(stack: ProvisionedStack) -> None:
    told: list[str] = []
    with Runner(
        stack, long_poll=0, start=lambda *_: lambda *_: None, now=Clock().now, tell=told.append
    ) as runner:
        pass
    assert told == []
    assert runner.unfinished == ()


def test_a_tick_replaces_a_rate(stack: ProvisionedStack) -> None:
    events: Queue[Any] = Queue()
    clock = Clock()
    runner = Runner(
        stack,
        long_poll=0,
        tick=timedelta(seconds=2),
        start=lambda *_: lambda event, _: events.put(event),
        now=clock.now,
    )
    with runner:
        clock.time += timedelta(seconds=5)
        assert events.get(timeout=LONG) == {"time": "2026-11-22T14:05:04Z"}


@pytest.mark.parametrize("stack", ["at(2026-11-22T14:05:00)"], indirect=True)
def test_a_schedule_that_cannot_be_read_stops_the_start(stack: ProvisionedStack) -> None:
    with pytest.raises(UnknownExpression), Runner(stack, long_poll=0, start=lambda *_: lambda *_: None):
        pass


def test_a_handler_that_is_not_there_is_named(stack: ProvisionedStack) -> None:
    with pytest.raises(NoHandler, match=r"Worker has the handler nowhere\.worker\.handler"), Runner(stack):
        pass
