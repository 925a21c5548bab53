"""Each alarm of the template rings for its fault, alone or with those that say the same; others are silent.

The last part follows faults to the message that the operator gets: an alarm, or a line of the daily message.
"""

from collections.abc import Collection
from dataclasses import replace
from functools import cache

import pytest

from counter.diagnosis.daily_message import CameraReport, DailyMessage, DailyReport, compose
from counter.diagnosis.darkness import judge
from ingest.frames.messages import GapReason
from ingest.registry.camera import Camera
from ingest.registry.opening_hours import parse
from ingest.registry.sampling import Sampling
from tests.infra.cloudwatch.alarms import EXTRA_POINTS, Alarm, State
from tests.infra.cloudwatch.simulated_day import (
    CLOSED,
    END,
    FAULT,
    FUNCTIONS,
    STACK,
    Scenario,
    at,
    from_fault,
    function,
    metrics,
    own,
    quarters,
    queue,
)
from tests.infra.rendered import of_type, transformed

CHAIN = [f"shop{shop:02}-{number:02}" for shop in range(25) for number in range(20)]
"""500 cameras in 25 shops."""

SHOP = [f"shop00-{number}" for number in range(4)]
AFTER_START = 60
"""Minutes of a new stack in which alarms may ring: nothing has been closed yet."""


@cache
def alarms() -> dict[str, Alarm]:
    """The template's alarms, with the parameters' defaults."""
    defaults = {f"${{{name}}}": it["Default"] for name, it in transformed()["Parameters"].items()}
    return {
        name.removesuffix("Alarm"): Alarm.from_properties(
            name, properties | {"Threshold": defaults.get(properties["Threshold"], properties["Threshold"])}
        )
        for name, properties in of_type("CloudWatch::Alarm").items()
    }


def rings(scenario: Scenario, extra: int = EXTRA_POINTS) -> dict[str, int]:
    """When each alarm that rings does so first, in minutes after the fault."""
    found, first = metrics(scenario), {}
    for name, alarm in alarms().items():
        states = enumerate(alarm.states(found, range(END), extra))
        when = next((t for t, state in states if state is State.ALARM and t >= AFTER_START), None)
        if when is not None:
            first[name] = when - FAULT
    return first


@pytest.mark.parametrize("extra", [0, 2, 5])
@pytest.mark.parametrize(("cameras", "closing_takes"), [(CHAIN, 14), (SHOP, 1), (SHOP[:1], 1)])
def test_a_healthy_day_is_silent(cameras: list[str], closing_takes: int, extra: int) -> None:
    assert rings(Scenario(cameras, closing_takes=closing_takes), extra) == {}


def test_what_is_ordinary_is_silent() -> None:
    """A camera that is away for a while, a frame that Rekognition cannot read, a pull that fails."""

    def why(camera: str, minute: int) -> GapReason | None:
        if camera == "shop03-01" and 700 <= minute < 760:
            return GapReason.NO_MEDIA
        return GapReason.UNREADABLE_IMAGE if (int(camera[-2:]) + minute) % 50 == 0 else None

    assert rings(Scenario(CHAIN, why, failing=0.01)) == {}


VISIBLE, AGE = "ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage"
WHOLE = Scenario(SHOP)
FAULTS: dict[str, tuple[Scenario, set[str]]] = {
    "PullDeadLetters": (replace(WHOLE, reports={queue("PullDeadLetterQueue", VISIBLE): 1}), set()),
    "FrameDeadLetters": (replace(WHOLE, reports={queue("FrameDeadLetterQueue", VISIBLE): 1}), set()),
    "PullQueueAge": (replace(WHOLE, reports={queue("PullQueue", AGE): 601}), set()),
    "FrameQueueAge": (replace(WHOLE, reports={queue("FrameQueue", AGE): 901}), set()),
    **{
        f"{name}{kind}": (replace(WHOLE, reports={function(name, metric): 1}), set())
        for kind, metric, names in (
            ("Errors", "Errors", FUNCTIONS),
            ("Throttles", "Throttles", FUNCTIONS),
            ("Dropped", "AsyncEventsDropped", ("Schedule", "Closing")),
        )
        for name in names
    },
    "ScheduleHeartbeat": (replace(WHOLE, silent=["Schedule"]), set()),
    "ClosingHeartbeat": (
        replace(WHOLE, silent=["Closing"]),
        {"NotPulled", "Gaps", "InstantsOverdue"},
    ),
    "PullsFailed": (replace(WHOLE, failing=0.25), set()),
    "NotPulled": (replace(WHOLE, why=from_fault(GapReason.NOT_PULLED)), set()),
    "Gaps": (replace(WHOLE, why=from_fault(GapReason.NO_MEDIA)), set()),
    "InstantsOverdue": (replace(WHOLE, reports={own("closing", "InstantsOverdue"): 1}), set()),
    "InvalidCameras": (replace(WHOLE, reports={own("closing", "InvalidCameras"): 1}), set()),
}


def test_each_alarm_has_a_fault() -> None:
    assert FAULTS.keys() == alarms().keys()


@pytest.mark.parametrize(
    ("alarm", "scenario", "others"), [(name, *it) for name, it in FAULTS.items()], ids=FAULTS
)
def test_an_alarm_rings_for_its_fault(alarm: str, scenario: Scenario, others: set[str]) -> None:
    first = rings(scenario)
    assert first.keys() == {alarm} | others
    assert all(0 < minutes <= 120 for minutes in first.values())


@pytest.mark.parametrize("name", ["PullDeadLetters", "FrameDeadLetters"])
def test_dead_letters_that_nobody_looks_at_stay_an_alarm(name: str) -> None:
    """SQS reports a queue for some hours after it was used last, then no more: no data is not 0 messages."""
    metric = queue(f"{name.removesuffix('s')}Queue", VISIBLE)
    found = metrics(WHOLE)
    for minute in range(60, 420):
        found.add(metric, minute, 1)
    states = list(alarms()[name].states(found, range(END)))
    assert set(states[61:]) == {State.ALARM}
    found.add(metric, END - 10, 0)
    assert list(alarms()[name].states(found, range(END)))[-1] is State.OK


# ---- from the fault to the message


def message(scenario: Scenario) -> DailyMessage:
    """The daily message of the next morning, before the shops open."""
    return compose(DailyReport(STACK, [report(scenario, camera) for camera in scenario.cameras]))


def report(scenario: Scenario, camera_id: str) -> CameraReport:
    sampling = Sampling(60, "Europe/Berlin", parse("mon-sun 08:00-22:00"))
    camera = Camera(camera_id, camera_id.rpartition("-")[0], at(-60 * 24 * 90), sampling=sampling)
    newest_first = list(quarters(scenario, camera_id, 0, END))[::-1]
    return CameraReport(camera, judge(newest_first, at(END + 6 * 60)))


def named(text: str, cameras: Collection[str]) -> set[str]:
    """The cameras of which a message has a line."""
    return {line.split()[0] for line in text.splitlines() if line.startswith("  ")} & set(cameras)


def test_a_dark_shop_of_many_is_in_the_daily_message() -> None:
    scenario = Scenario(CHAIN, from_fault(GapReason.NO_MEDIA, "shop07-"))
    assert rings(scenario) == {}
    sent = message(scenario)
    assert sent.subject.endswith(": 20 of 500 cameras are dark")
    assert named(sent.body, CHAIN) == {name for name in CHAIN if name.startswith("shop07-")}
    assert "Store shop07, all 20 cameras:" in sent.body
    assert "shop07-00 since 2026-11-30 13:00 CET: instants without video (no_media)" in sent.body
    assert "no_media: check the camera and the sender of its video" in sent.body


def test_the_only_shop_is_dark() -> None:
    first = rings(Scenario(SHOP, from_fault(GapReason.NO_MEDIA)))
    assert first.keys() == {"Gaps"}
    assert first["Gaps"] <= 60


def test_a_stopped_schedule() -> None:
    scenario = Scenario(CHAIN, from_fault(GapReason.NOT_PULLED), silent=["Schedule"])
    first = rings(scenario)
    assert first.keys() == {"ScheduleHeartbeat", "NotPulled"}
    assert first["ScheduleHeartbeat"] <= 25
    assert first["NotPulled"] <= 45
    sent = message(scenario)
    assert sent.subject.endswith(": 500 of 500 cameras are dark")
    assert "not_pulled: check the schedule and the pull" in sent.body


@pytest.mark.parametrize(("extra", "within"), [(0, 46), (2, 106)])
def test_a_stopped_closing(extra: int, within: int) -> None:
    first = rings(Scenario(CHAIN, silent=["Closing"]), extra)
    assert first.keys() == {"ClosingHeartbeat", "NotPulled", "Gaps", "InstantsOverdue"}
    assert all(minutes <= within for minutes in first.values())
    for name in first:
        description = of_type("CloudWatch::Alarm")[f"{name}Alarm"]["AlarmDescription"]
        assert "does not run" in description


def test_one_dark_camera_of_500_is_named() -> None:
    scenario = Scenario(CHAIN, from_fault(GapReason.MEDIA_ERROR, "shop07-03"), failing=1 / 500)
    assert rings(scenario) == {}
    sent = message(scenario)
    assert sent.subject.endswith(": 1 of 500 cameras is dark")
    assert named(sent.body, CHAIN) == {"shop07-03"}
    assert "Store shop07, 1 of 20 cameras:" in sent.body
    assert "419460 of 420000 instants were counted (99.8 %)" in sent.body


def test_a_throttled_account() -> None:
    """Lambda runs a third of what it should, from the fault on."""

    def why(_camera: str, minute: int) -> GapReason | None:
        return GapReason.NOT_PULLED if minute >= FAULT and minute % 3 else None

    reports = {function(name, "Throttles"): 2.0 for name in FUNCTIONS}
    dropped = {function("Schedule", "AsyncEventsDropped"): 1.0}
    first = rings(Scenario(CHAIN, why, reports=reports | dropped))
    throttled = {f"{name}Throttles" for name in FUNCTIONS}
    assert first.keys() == {*throttled, "ScheduleDropped", "NotPulled"}
    assert all(first[name] <= 20 for name in throttled)
    for name in throttled:
        description = of_type("CloudWatch::Alarm")[f"{name}Alarm"]["AlarmDescription"]
        assert "concurrent executions" in description


def test_every_camera_is_counted() -> None:
    sent = message(Scenario(CHAIN))
    assert sent.subject.endswith(": 0 of 500 cameras are dark")
    assert named(sent.body, CHAIN) == set()
    assert f"{500 * (CLOSED - 7 * 60)} of 420000 instants were counted (100.0 %)" in sent.body
