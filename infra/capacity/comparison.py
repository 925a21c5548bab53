"""Compares what cameras need with what the stack and the account can do; says what to change. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import ceil

from infra.capacity.demand import Demand
from infra.capacity.rates import (
    COUNTER_INVOCATIONS,
    DEFAULT_RATE,
    HEADROOM,
    REACHED,
    images_wanted,
    rate_for,
    rate_within,
)

PULLED_A_MINUTE = 240
"""Cameras that one invocation of the pull handles in a minute: ten in 2.5 s (infra/cost/counts.toml)."""
PULLED_IMAGES_PER_SECOND = 6
"""Images that one invocation of the pull fetches in a second: its processor decodes each (docs/scale.md)."""
PULL_CONCURRENCY = range(2, 1001)
DEFAULT_PULL_CONCURRENCY = 20
"""The template's default, which was fixed before it was a parameter."""
SCHEDULED = 2
"""Of the schedule and of the closing, one invocation each runs at a time."""
DETECT_LABELS_QUOTA = (
    "Transactions per second per account for the Amazon Rekognition Image operation DetectLabels"
)
CONCURRENCY_QUOTA = "Service Quotas, AWS Lambda, Concurrent executions"


class Severity(StrEnum):
    """Whether frames are lost if nothing changes, or only wait."""

    LOSES = "loses"
    WAITS = "waits"


@dataclass(frozen=True)
class Shortage:
    """One sentence that says what does not suffice, and one that says what to change."""

    what: str
    do: str
    severity: Severity = Severity.WAITS


@dataclass(frozen=True)
class StackLimits:
    """The parameters of a stack, and the quotas of its account: None where they could not be read."""

    detect_labels_per_second: float
    pull_concurrency: int
    detect_labels_quota: float | None = None
    concurrent_executions: int | None = None

    @classmethod
    def of(
        cls, parameters: Mapping[str, str], quota: float | None, concurrent_executions: int | None
    ) -> "StackLimits":
        """Of a deployed stack's parameters; one of an older version may lack some."""
        return cls(
            float(parameters.get("DetectLabelsPerSecond", DEFAULT_RATE)),
            int(parameters.get("PullConcurrency", DEFAULT_PULL_CONCURRENCY)),
            quota,
            concurrent_executions,
        )


def shortages(demand: Demand, limits: StackLimits) -> list[Shortage]:
    """Everything that does not suffice for the cameras, with headroom."""
    return [
        *_counting(demand, limits),
        *_unlisted_rate(demand, limits),
        *_pulling(demand, limits),
        *_invocations(demand, limits),
    ]


def demand_text(demand: Demand) -> str:
    """`the cameras need 8.33 images a second at their busiest moment (Mon 08:00 UTC)`."""
    if demand.busiest is None:
        return "the cameras need no images"
    need = f"the cameras need {demand.images_per_second:.3g} images a second"
    if demand.mean_images_per_second == demand.images_per_second:
        return f"{need} all the time"
    return f"{need} at their busiest moment ({demand.busiest:%a %H:%M} UTC)"


def _counting(demand: Demand, limits: StackLimits) -> Iterator[Shortage]:
    """The stack counts at the lower of its rate and the account's quota: Rekognition refuses the rest.

    A rate above the quota is no shortage if the quota covers the need with headroom: then Rekognition
    throttles only while a backlog is counted, and the counter tries those calls again.
    """
    rate, quota = limits.detect_labels_per_second, limits.detect_labels_quota
    reached = rate if quota is None else min(rate, quota)
    wanted = images_wanted(demand.images_per_second)
    if reached < wanted:
        loses = demand.mean_images_per_second > REACHED * reached
        most = f"{reached:g}" if reached == rate else f"{reached:g}, the account's quota for DetectLabels"
        yield Shortage(
            f"{demand_text(demand)}, and the stack counts at most {most}: {_consequence(demand, reached)}",
            _count_more(wanted, rate, quota),
            Severity.LOSES if loses else Severity.WAITS,
        )


def _consequence(demand: Demand, reached: float) -> str:
    if demand.mean_images_per_second > REACHED * reached:
        return "frames wait longer each day, until they expire"
    if demand.images_per_second > REACHED * reached:
        return "frames wait until the shops close"
    return f"less than {HEADROOM} times as many, so it catches up slowly after an interruption"


def _count_more(wanted: float, rate: float, quota: float | None) -> str:
    """Ask for the quota that the cameras need, not for that of the parameter's next value."""
    largest = rate_for(wanted)
    asked = min(ceil(wanted), largest)
    steps = []
    if quota is not None and quota < asked:
        steps.append(
            f"ask for at least {asked} instead of {quota:g} (Service Quotas, Amazon Rekognition,"
            f" {DETECT_LABELS_QUOTA})"
        )
    if rate < largest and rate < wanted:
        steps.append(f"deploy with DetectLabelsPerSecond={largest}")
    text = ", then ".join(steps)
    if quota is None and steps:
        text += f", if the account's quota for DetectLabels, which could not be read, is at least {asked}"
    if largest >= wanted:
        return text
    less = (
        "count less often (`occupancy camera set CAMERA --every SECONDS`) or spread the cameras over several"
        " accounts or regions"
    )
    if not steps:
        return f"a stack counts at most {largest}, so {less}"
    return f"{text}; a stack counts at most {largest}, so also {less}"


def _unlisted_rate(demand: Demand, limits: StackLimits) -> Iterator[Shortage]:
    """A rate of an older version, which the template of this version does not take."""
    rate, quota = limits.detect_labels_per_second, limits.detect_labels_quota
    if rate in COUNTER_INVOCATIONS:
        return
    wanted, lower = images_wanted(demand.images_per_second), rate_within(rate)
    higher = rate_for(max(rate, wanted))
    if lower is None or lower < wanted or quota is None or quota >= higher:
        choice = f"DetectLabelsPerSecond={higher}"
        if quota is None and lower is not None and lower >= wanted:
            choice += (
                f", or {lower} if the account's quota for DetectLabels, which could not be read, is lower"
            )
    else:
        choice = f"DetectLabelsPerSecond={lower}, or with {higher} once the account's quota is as large"
    listed = ", ".join(map(str, COUNTER_INVOCATIONS))
    yield Shortage(
        f"DetectLabelsPerSecond is {rate:g}, and this version's template takes only {listed}: CloudFormation"
        " will refuse to update the stack",
        f"deploy this version with {choice}",
    )


def _pulling(demand: Demand, limits: StackLimits) -> Iterator[Shortage]:
    wanted = _pull_invocations(demand)
    if limits.pull_concurrency >= wanted:
        return
    invocations = f"{limits.pull_concurrency} invocations of the pull"
    if _for_cameras(demand) >= _for_images(demand):
        what = (
            f"up to {demand.cameras_due} cameras are due in the same minute, and {invocations} handle about"
            f" {limits.pull_concurrency * PULLED_A_MINUTE}"
        )
    else:
        what = (
            f"the pull has to fetch {demand.images_pulled_per_second:.3g} images a second, and {invocations}"
            f" fetch about {limits.pull_concurrency * PULLED_IMAGES_PER_SECOND}"
        )
    yield Shortage(f"{what}: less than {HEADROOM} times as many", f"deploy with PullConcurrency={wanted}")


def _pull_invocations(demand: Demand) -> int:
    wanted = ceil(HEADROOM * max(_for_cameras(demand), _for_images(demand)))
    return min(max(wanted, PULL_CONCURRENCY[0]), PULL_CONCURRENCY[-1])


def _for_cameras(demand: Demand) -> float:
    return demand.cameras_due / PULLED_A_MINUTE


def _for_images(demand: Demand) -> float:
    return demand.images_pulled_per_second / PULLED_IMAGES_PER_SECOND


def _invocations(demand: Demand, limits: StackLimits) -> Iterator[Shortage]:
    counter = COUNTER_INVOCATIONS[rate_for(images_wanted(demand.images_per_second))]
    wanted = counter + _pull_invocations(demand) + SCHEDULED
    limit = limits.concurrent_executions
    if limit is not None and limit < wanted:
        yield Shortage(
            f"the cameras need {wanted} Lambda invocations at a time, and the account runs only {limit}",
            f"ask for at least {wanted} instead of {limit} ({CONCURRENCY_QUOTA})",
        )
