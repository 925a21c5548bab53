"""Findings of faults that cannot be planted into the local cloud."""

import pytest

from infra.cli.aws.stack import OUTPUTS, DeployedStack
from infra.cli.doctor.checks.findings import Level
from infra.cli.doctor.deployment import stack
from infra.cli.doctor.deployment.alarms import judge_subscriptions
from infra.cli.doctor.deployment.bucket import judge_lifecycle
from infra.cli.doctor.deployment.concurrency import judge_concurrency
from infra.cli.doctor.deployment.functions import judge_function, judge_mapping, judge_schedule
from infra.cli.doctor.deployment.queue_settings import FRAME_LIVES, QueueSettings, judge
from infra.cli.doctor.deployment.queues import Depth, judge_depth
from infra.iam.actions import Place
from infra.iam.functions import StackFunction
from tests.infra.rendered import transformed

DEAD = QueueSettings("dead", 30, 1_209_600, {})
REDRIVE = {"deadLetterTargetArn": "arn:aws:sqs:us-east-1:1:dead", "maxReceiveCount": "5"}


def test_the_outputs_are_the_template_s() -> None:
    always = {name for name, output in transformed()["Outputs"].items() if "Condition" not in output}
    assert set(OUTPUTS) == always


@pytest.mark.parametrize(
    ("status", "missing", "expected"),
    [
        ("UPDATE_COMPLETE", (), [Level.OK]),
        ("UPDATE_IN_PROGRESS", (), [Level.WARNING]),
        ("UPDATE_ROLLBACK_COMPLETE", (), [Level.WARNING]),
        ("ROLLBACK_COMPLETE", (), [Level.WRONG]),
        ("CREATE_COMPLETE", ("PullQueueUrl",), [Level.OK, Level.WRONG]),
    ],
)
def test_the_stack(status: str, missing: tuple[str, ...], expected: list[Level]) -> None:
    outputs = {name: name for name in OUTPUTS if name not in missing}
    findings = list(stack.judge(DeployedStack("s", status, Place("us-east-1", "1"), outputs, {})))
    assert [finding.level for finding in findings] == expected
    assert all(name in findings[-1].what for name in missing)


@pytest.mark.parametrize(
    ("configuration", "level"),
    [
        ({"State": "Active"}, Level.OK),
        ({"State": "Inactive"}, Level.OK),  # idle for weeks: the next event wakes it
        ({"State": "Failed", "StateReason": "no such role"}, Level.WRONG),
        ({"LastUpdateStatus": "Failed", "LastUpdateStatusReason": "no such key"}, Level.WRONG),
    ],
)
def test_a_function(configuration: dict[str, str], level: Level) -> None:
    (finding,) = judge_function(StackFunction.PULL, configuration, None)
    assert finding.level is level


def test_what_starts_a_function_may_be_gone() -> None:
    assert "the mapping does not exist" in judge_mapping(StackFunction.PULL, [], "https://sqs/1/pull").what
    assert "has no schedule" in judge_schedule(StackFunction.CLOSING, [], "arn:closing").what


@pytest.mark.parametrize(
    ("limit", "pull", "level", "do"),
    [
        (1000, 20, Level.OK, ""),
        (24, 20, Level.OK, ""),
        (23, 20, Level.WARNING, "deploy with PullConcurrency=19, or ask for more"),
        (10, 20, Level.WARNING, "deploy with PullConcurrency=6, or ask for more"),
        (10, 6, Level.OK, ""),
        (5, 2, Level.WARNING, "ask for more"),
    ],
)
def test_the_account_s_concurrent_executions(limit: int, pull: int, level: Level, do: str) -> None:
    finding = judge_concurrency(limit, pull, 2)
    assert finding.level is level
    assert f"{limit} Lambda invocations at a time" in finding.what
    assert finding.do.startswith(do)


@pytest.mark.parametrize(
    ("queue", "letters", "words"),
    [
        (QueueSettings("q", 360, 7200, REDRIVE), DEAD, "has the right settings"),
        (QueueSettings("q", 359, 7200, REDRIVE), DEAD, "has a visibility timeout of 359 s"),
        (QueueSettings("q", 360, 7200, {}), DEAD, "the dead-letter queue of q is not set instead of dead"),
        (QueueSettings("q", 360, 1799, REDRIVE), DEAD, "it is lost before it becomes a dead letter"),
        (QueueSettings("q", 360, 7200, REDRIVE), QueueSettings("dead", 30, 60, {}), "lost at once"),
    ],
)
def test_queue_settings(queue: QueueSettings, letters: QueueSettings, words: str) -> None:
    (finding,) = judge(queue, letters, timeout=60)
    assert words in finding.what


def test_a_receive_count_that_gives_up_good_frames() -> None:
    old = QueueSettings("frame", 361, 345_600, REDRIVE | {"maxReceiveCount": "10"})
    (finding,) = judge(old, DEAD, timeout=60, lasts=FRAME_LIVES)
    assert (finding.level, "an hour of trouble" in finding.what) == (Level.WRONG, True)
    assert "set maxReceiveCount to at least 479" in finding.do
    new = QueueSettings("frame", 361, 345_600, REDRIVE | {"maxReceiveCount": "480"})
    (finding,) = judge(new, DEAD, timeout=60, lasts=FRAME_LIVES)
    assert finding.level is Level.OK


@pytest.mark.parametrize(
    ("rule", "level"),
    [
        ({"Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}, Level.OK),
        ({"Status": "Enabled", "Prefix": "frame/", "Expiration": {"Days": 1}}, Level.OK),
        ({"Status": "Enabled", "Filter": {"Prefix": "frame/"}, "Expiration": {"Days": 7}}, Level.WARNING),
        ({"Status": "Disabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}, Level.WRONG),
        ({"Status": "Enabled", "Filter": {"Prefix": "other/"}, "Expiration": {"Days": 1}}, Level.WRONG),
        ({"Status": "Enabled", "Filter": {"Tag": {}}, "Expiration": {"Days": 1}}, Level.WRONG),
        ({"Status": "Enabled", "Filter": {"Prefix": ""}}, Level.WRONG),
    ],
)
def test_the_lifecycle(rule: dict[str, object], level: Level) -> None:
    assert judge_lifecycle("b", [rule]).level is level


def test_a_subscription_that_nobody_confirmed() -> None:
    finding = judge_subscriptions("arn:topic", ["PendingConfirmation"])
    assert (finding.level, "is not confirmed" in finding.what) == (Level.WARNING, True)


def test_a_deep_queue_without_an_age_is_no_fault() -> None:
    assert judge_depth(StackFunction.PULL, "pull", Depth(5000, 20)).level is Level.OK
