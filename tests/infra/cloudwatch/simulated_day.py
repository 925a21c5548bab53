"""A day of a stack: its cameras' roll-ups, and the metrics that AWS's services and our functions report.

Times are minutes since midnight UTC of DAY. The shops are open from OPEN to CLOSED; each camera is counted
once a minute. A fault begins at FAULT and stays.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from counter.rows.coverage import Coverage
from counter.rows.occupancy import QuarterHour
from ingest.frames.messages import GapReason
from tests.infra.cloudwatch.metrics import Metric, Metrics

DAY = datetime(2026, 11, 30, tzinfo=UTC)
OPEN, FAULT, CLOSED, END = 7 * 60, 12 * 60, 21 * 60, 24 * 60
STACK = "${AWS::StackName}"
FUNCTIONS = ("Schedule", "Pull", "Counter", "Closing")
Why = Callable[[str, int], GapReason | None]
"""Why a camera has no count at a minute; None: it is counted."""


def everything_counted(_camera_id: str, _minute: int) -> GapReason | None:
    return None


def from_fault(reason: GapReason, *prefixes: str) -> Why:
    """These cameras have no count from the fault on; all cameras, if none is given."""
    return lambda camera, minute: reason if minute >= FAULT and camera.startswith(prefixes or ("",)) else None


@dataclass(frozen=True)
class Scenario:
    """A day with a fault.

    `silent` are the functions that do not run from the fault on. `reports` are values that a metric has every
    minute from the fault on, instead of its usual one; `failing` is the share of the pulls that fail.
    """

    cameras: Sequence[str]
    why: Why = everything_counted
    silent: Sequence[str] = ()
    reports: Mapping[Metric, float] = field(default_factory=dict)
    failing: float = 0.0
    closing_takes: int = 1


def function(name: str, metric: str) -> Metric:
    return Metric("AWS/Lambda", metric, ("FunctionName", f"${{{name}Function}}"))


def queue(name: str, metric: str) -> Metric:
    return Metric("AWS/SQS", metric, ("QueueName", f"${{{name}.QueueName}}"))


def own(service: str, name: str) -> Metric:
    return Metric(STACK, name, ("service", service))


def metrics(scenario: Scenario) -> Metrics:
    """The metrics of the day."""
    found = Metrics()
    for minute in range(END):
        _lambda_and_queues(found, scenario, minute)
        _pull(found, scenario, minute)
        _closing(found, scenario, minute)
    return found


def quarters(scenario: Scenario, camera_id: str, start: int, end: int) -> Iterator[QuarterHour]:
    """The roll-ups of a camera's quarter hours in [start, end), oldest first."""
    for quarter in range(max(start, OPEN), min(end, CLOSED), 15):
        reasons = [scenario.why(camera_id, minute) for minute in range(quarter, quarter + 15)]
        gaps = {reason: reasons.count(reason) for reason in set(reasons) if reason is not None}
        counted = reasons.count(None)
        yield QuarterHour(
            camera_id, at(quarter), camera_id.rpartition("-")[0], camera_id, counted, gaps,
            person_seconds=0, counted_seconds=60 * counted, zone_person_seconds={}, histogram={},
        )  # fmt: skip


def at(minute: int) -> datetime:
    return DAY + timedelta(minutes=minute)


def _running(scenario: Scenario, name: str, minute: int) -> bool:
    return minute < FAULT or name not in scenario.silent


def _lambda_and_queues(found: Metrics, scenario: Scenario, minute: int) -> None:
    is_open = OPEN <= minute < CLOSED
    runs = {
        "Schedule": True,
        "Pull": is_open and _running(scenario, "Schedule", minute),
        "Counter": is_open,
        "Closing": minute % 15 == 0,
    }
    usual: dict[Metric, float] = {}
    for name in FUNCTIONS:
        if runs[name] and _running(scenario, name, minute):
            values = {"Invocations": 1, "Errors": 0, "Throttles": 0}
            usual |= {function(name, metric): value for metric, value in values.items()}
    # Lambda polls these queues all the time, and nobody uses the dead-letter queues.
    usual |= {queue(name, "ApproximateAgeOfOldestMessage"): 2 for name in ("PullQueue", "FrameQueue")}
    if minute >= FAULT:
        usual |= {metric: value for metric, value in scenario.reports.items() if metric.namespace != STACK}
    for metric, value in usual.items():
        found.add(metric, minute, value)


def _pull(found: Metrics, scenario: Scenario, minute: int) -> None:
    needed = ("Schedule", "Pull")
    if OPEN <= minute < CLOSED and all(_running(scenario, name, minute) for name in needed):
        pulls = len(scenario.cameras)
        failed = scenario.failing * pulls if minute >= FAULT else 0
        found.add(own("pull", "Pulls"), minute, pulls)
        found.add(own("pull", "PullsFailed"), minute, failed)


def _closing(found: Metrics, scenario: Scenario, minute: int) -> None:
    """One record for a run, at its end, as counter/closing/handler.py writes it."""
    scheduled = minute - scenario.closing_takes
    if scheduled % 15 or not _running(scenario, "Closing", scheduled):
        return
    closed = scheduled - 30, scheduled - 15
    coverage = sum(
        (Coverage.of(quarters(scenario, camera, *closed)) for camera in scenario.cameras), Coverage()
    )
    values = {
        "Due": coverage.due,
        "NotPulled": coverage.not_pulled,
        "OtherGaps": coverage.other_gaps,
        "InstantsOverdue": 0,
        "Cameras": len(scenario.cameras),
        "InvalidCameras": 0,
    }
    for name, value in values.items():
        metric = own("closing", name)
        found.add(metric, minute, scenario.reports.get(metric, value) if minute >= FAULT else value)
