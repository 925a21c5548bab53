"""Compares what cameras need with what the stack and the account can do; says what to change. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import ceil

from infra.capacity.demand import Demand
from infra.capacity.rates import COUNTER_INVOCATIONS, DEFAULT_RATE, REACHED, rate_for, rate_within

HEADROOM = 2
"""What a stack should be able to do, against its busiest moment: so it catches up after an interruption."""
PULLED_A_MINUTE = 240
"""Cameras that one invocation of the pull handles in a minute: ten in 2.5 s (infra/cost/counts.toml)."""
PULLED_IMAGES_PER_SECOND = 7
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
    rate, quota = limits.detect_labels_per_second, limits.detect_labels_quota
    wanted = HEADROOM * demand.images_per_second
    if rate < wanted:
        loses = demand.mean_images_per_second > REACHED * rate
        yield Shortage(
            f"{demand_text(demand)}, and the stack counts at most {rate:g}: {_consequence(demand, rate)}",
            _raise_rate(wanted, quota),
            Severity.LOSES if loses else Severity.WAITS,
        )
    elif quota is not None and quota < rate:
        yield Shortage(
            f"DetectLabelsPerSecond is {rate:g}, but the account's quota for DetectLabels is {quota:g} a"
            " second: Rekognition refuses the rest, and the counter tries it again",
            _fit_quota(wanted, quota, rate),
        )


def _consequence(demand: Demand, rate: float) -> str:
    if demand.mean_images_per_second > REACHED * rate:
        return "frames wait longer each day, until they expire"
    if demand.images_per_second > REACHED * rate:
        return "frames wait until the shops close"
    return f"less than {HEADROOM} times as many, so it catches up slowly after an interruption"


def _raise_rate(wanted: float, quota: float | None) -> str:
    rate = rate_for(wanted)
    steps = [f"deploy with DetectLabelsPerSecond={rate}"]
    if quota is None:
        steps[0] += ", if the account's quota for DetectLabels, which could not be read, is as large"
    elif quota < rate:
        steps.insert(0, _request(rate, quota))
    text = ", then ".join(steps)
    if rate >= wanted:
        return text
    return (
        f"{text}; that is the most, so also count less often (`occupancy camera set CAMERA --every SECONDS`)"
        " or spread the cameras over several accounts or regions"
    )


def _fit_quota(wanted: float, quota: float, rate: float) -> str:
    lower = rate_within(quota)
    if lower is not None and lower >= wanted:
        return f"deploy with DetectLabelsPerSecond={lower}, or {_request(rate, quota)}"
    return _request(rate, quota)


def _request(rate: float, quota: float) -> str:
    return (
        f"ask for at least {rate:g} instead of {quota:g} (Service Quotas, Amazon Rekognition,"
        f" {DETECT_LABELS_QUOTA})"
    )


def _unlisted_rate(demand: Demand, limits: StackLimits) -> Iterator[Shortage]:
    """A rate of an older version, which the template of this version does not take."""
    rate, quota = limits.detect_labels_per_second, limits.detect_labels_quota
    if rate in COUNTER_INVOCATIONS:
        return
    higher, lower = rate_for(max(rate, HEADROOM * demand.images_per_second)), rate_within(rate)
    if lower is None or quota is None or quota >= higher:
        choice = f"DetectLabelsPerSecond={higher}"
        if quota is None and lower is not None:
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
    counter = COUNTER_INVOCATIONS[rate_for(HEADROOM * demand.images_per_second)]
    wanted = counter + _pull_invocations(demand) + SCHEDULED
    limit = limits.concurrent_executions
    if limit is not None and limit < wanted:
        yield Shortage(
            f"the cameras need {wanted} Lambda invocations at a time, and the account runs only {limit}",
            f"ask for at least {wanted} instead of {limit} ({CONCURRENCY_QUOTA})",
        )
