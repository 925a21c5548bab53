"""An hour's outage of a part of the region, and how long the stack takes to catch up after it."""

from dataclasses import dataclass
from enum import StrEnum
from statistics import quantiles

from tests.infra.rendered import at
from tests.scale.calls import CALL_CPU
from tests.scale.video import BACKLOG_STEP, FRAGMENT
from tests.scale.world import KEYFRAME_CPU, MINUTE, START, Fleet, Sample, World, world

WARM_UP = 600.0
"""Seconds before the outage: environments are started, endpoints known."""
LIVE = 2 * MINUTE
"""An instant is normally counted within this time: its pull runs with the next tick but one at the latest."""
LONGEST = 6 * 3600.0
REACHED = 0.9
"""The share of DetectLabelsPerSecond that is reached at least where latencies are as in LATENCY."""
SAMPLE_CPU = KEYFRAME_CPU + 10 * CALL_CPU
"""Seconds of a vCPU for a frame that is pulled, with its calls and its part of the listing."""


class Outage(StrEnum):
    """What fails."""

    NONE = "none"
    PULL = "the pull is not invoked"
    COUNTER = "the counter is not invoked"
    REKOGNITION = "Rekognition answers 500"
    THROTTLED = "Rekognition throttles all"
    COUNTER_FAILS = "each invocation of the counter fails"
    REGION = "nothing runs and no video arrives"


_FAULTS = {
    Outage.REKOGNITION: ("DetectLabels", ("InternalServerError", 500)),
    Outage.THROTTLED: ("DetectLabels", ("ProvisionedThroughputExceededException", 400)),
    Outage.COUNTER_FAILS: ("BatchGetItem", ("InternalServerError", 500)),
}
_STOPPED = {
    Outage.PULL: {"pull"},
    Outage.COUNTER: {"counter"},
    Outage.REGION: {"schedule", "pull", "counter", "closing"},
}


@dataclass(frozen=True)
class Result:
    """What a run showed; times in seconds."""

    fleet: Fleet
    outage: Outage
    samples: tuple[Sample, ...]
    steady_ages: tuple[float, ...]
    """Of the instants counted before the outage, except those of the first minutes."""
    caught_up: float | None
    """From the end of the outage until all instants are counted but those of the last LIVE seconds."""
    uncounted: int
    """Due instants that are still not counted at the end, apart from those of the last LIVE seconds."""
    deepest: int
    """Messages in the frame queue at most."""
    received_often: int
    """Messages in the frame queue that had been received more than five times, at most."""
    dead_letters: int
    errors: dict[str, int]

    def percentile(self, percent: int) -> float:
        """Of the steady ages."""
        return quantiles(self.steady_ages, n=100, method="inclusive")[percent - 1]


def derived(fleet: Fleet, length: float, outage: Outage) -> float:
    """Seconds that catching up takes at most: see docs/scale.md, "The derivation"."""
    needed = fleet.per_second
    backlog = needed * length
    counting = backlog / (REACHED * min(fleet.rate, fleet.quota) - needed)
    pulling = backlog / (fleet.pull_concurrency / SAMPLE_CPU - needed)
    sending = length / FRAGMENT / (1 / BACKLOG_STEP - 1 / FRAGMENT)
    hidden = fleet.visibility or float(at("FrameQueue", "Properties.VisibilityTimeout"))
    return LIVE + {
        Outage.NONE: 0.0,
        Outage.PULL: max(pulling, counting),
        Outage.REGION: max(sending, pulling, counting),
    }.get(outage, hidden + counting)


def run(fleet: Fleet, outage: Outage, length: float = 3600.0, warm_up: float = WARM_UP) -> Result:
    """Simulate a warm-up, the outage, and the time until the stack has caught up."""
    with world(fleet) as stack:
        stack.run_until(warm_up / 2)
        stack.all_ages.clear()
        stack.run_until(warm_up)
        steady = tuple(stack.all_ages)
        _begin(stack, outage, length)
        stack.run_until(warm_up + length)
        _end(stack, outage)
        end = warm_up + length
        while not _caught_up(stack) and stack.clock.now < START + end + LONGEST:
            stack.clock.sleep(15.0)
        caught_up = stack.clock.now - START - end if _caught_up(stack) else None
        stack.clock.sleep(5 * MINUTE)
        return Result(
            fleet,
            outage,
            tuple(stack.samples),
            steady,
            caught_up,
            max(0, _due_before(stack, LIVE) - len(stack.counted)),
            max(sample.frame_queue for sample in stack.samples),
            max(sample.received_often for sample in stack.samples),
            sum(len(queue.dead) for queue in stack.queues.values()),
            {f"{operation}: {code}": number for (operation, code), number in stack.network.errors.items()},
        )


def _begin(stack: World, outage: Outage, length: float) -> None:
    stack.stopped |= _STOPPED.get(outage, set())
    if outage in _FAULTS:
        operation, fault = _FAULTS[outage]
        stack.network.faults[operation] = fault
    if outage is Outage.REGION:
        stack.streams.outage = (stack.clock.now, stack.clock.now + length)


def _end(stack: World, outage: Outage) -> None:
    stack.stopped -= _STOPPED.get(outage, set())
    if outage in _FAULTS:
        del stack.network.faults[_FAULTS[outage][0]]


def _caught_up(stack: World) -> bool:
    return len(stack.counted) >= _due_before(stack, LIVE)


def _due_before(stack: World, seconds: float) -> int:
    return stack.fleet.cameras * int((stack.clock.now - seconds - START) // stack.fleet.every)
