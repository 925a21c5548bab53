"""What does not suffice for the cameras, and what to change: one sentence for each."""

import pytest

from infra.capacity.comparison import (
    PULL_CONCURRENCY,
    PULLED_A_MINUTE,
    PULLED_IMAGES_PER_SECOND,
    Severity,
    StackLimits,
    demand_text,
    shortages,
)
from infra.capacity.demand import Demand
from infra.capacity.rates import HEADROOM
from infra.cost.data import COUNTS
from ingest.times import from_text
from tests.infra.rendered import ROOT, transformed
from tests.scale.outages import SAMPLE_CPU

BUSIEST = from_text("2026-11-23T08:00:00Z")
ENOUGH = StackLimits(25, 20, 50.0, 1000)
REQUEST = (
    "(Service Quotas, Amazon Rekognition, Transactions per second per account for the Amazon Rekognition"
    " Image operation DetectLabels)"
)


def needing(images: float, *, mean: float = 0.0, due: int = 10, pulled: float = 0.0) -> Demand:
    return Demand(images, BUSIEST, mean or images / 2, due, pulled)


def limits(
    rate: float, quota: float | None = None, *, pull: int = 20, lambdas: int | None = None
) -> StackLimits:
    return StackLimits(rate, pull, quota, lambdas)


@pytest.mark.parametrize("images", [0.1, 8, 12.5])
def test_what_suffices_says_nothing(images: float) -> None:
    assert shortages(needing(images), ENOUGH) == []


def test_the_default_stack_suffices_for_150_cameras_a_minute_even_in_a_new_account() -> None:
    assert shortages(needing(2.5, due=150), StackLimits(5, 6, 5.0, 10)) == []


UNREAD = "if the account's quota for DetectLabels, which could not be read, is"
SLOWLY = "less than 2 times as many, so it catches up slowly after an interruption"
LESS = (
    "count less often (`occupancy camera set CAMERA --every SECONDS`) or spread the cameras over several"
    " accounts or regions"
)


@pytest.mark.parametrize(
    ("images", "given", "consequence", "do"),
    [
        (7.0, limits(10, 50.0), SLOWLY, "deploy with DetectLabelsPerSecond=25"),
        (9.5, limits(10, 50.0), "frames wait until the shops close", "deploy with DetectLabelsPerSecond=25"),
        (
            20.0,
            limits(5, 5.0),
            "frames wait longer each day, until they expire",
            f"ask for at least 40 instead of 5 {REQUEST}, then deploy with DetectLabelsPerSecond=50",
        ),
        (20.0, limits(10, 40.0), "frames wait longer", "deploy with DetectLabelsPerSecond=50"),
        (7.0, limits(10, None), SLOWLY, f"deploy with DetectLabelsPerSecond=25, {UNREAD} at least 14"),
        (700.0, limits(1000, 1000.0), SLOWLY, f"a stack counts at most 1000, so {LESS}"),
        (700.0, limits(1000, None), SLOWLY, f"a stack counts at most 1000, so {LESS}"),
        (
            700.0,
            limits(300, 1000.0),
            "frames wait longer",
            f"deploy with DetectLabelsPerSecond=1000; a stack counts at most 1000, so also {LESS}",
        ),
    ],
)
def test_a_rate_that_does_not_suffice(images: float, given: StackLimits, consequence: str, do: str) -> None:
    (shortage,) = shortages(needing(images), given)
    assert shortage.what.startswith(
        f"the cameras need {images:g} images a second at their busiest moment (Mon 08:00 UTC), and the stack"
        f" counts at most {given.detect_labels_per_second:g}: {consequence}"
    )
    assert shortage.do == do


@pytest.mark.parametrize(("mean", "severity"), [(3.7, Severity.WAITS), (3.8, Severity.LOSES)])
def test_frames_are_lost_only_if_the_whole_week_needs_more_than_is_reached(
    mean: float, severity: Severity
) -> None:
    (shortage,) = shortages(needing(20.0, mean=mean), limits(5))
    assert shortage.severity is severity


@pytest.mark.parametrize(
    ("images", "quota", "consequence", "severity"),
    [
        (4.0, 5.0, "frames wait until the shops close", Severity.WAITS),
        (3.0, 5.0, SLOWLY, Severity.WAITS),
        (8.0, 5.0, "frames wait longer each day, until they expire", Severity.LOSES),
    ],
)
def test_a_quota_below_the_rate_is_what_the_stack_counts_at(
    images: float, quota: float, consequence: str, severity: Severity
) -> None:
    """The cameras lose as much as with a rate that is as low."""
    (shortage,) = shortages(needing(images), limits(25, quota))
    assert shortage.what.endswith(
        f"the stack counts at most {quota:g}, the account's quota for DetectLabels: {consequence}"
    )
    assert shortage.severity is severity
    assert shortage.do == f"ask for at least {2 * images:g} instead of {quota:g} {REQUEST}"


@pytest.mark.parametrize("quota", [334.0, 500.0, 1000.0])
def test_the_quota_of_the_scale_page_suffices_for_10000_cameras(quota: float) -> None:
    assert shortages(needing(10_000 / 60, due=10_000), limits(1000, quota, pull=84)) == []
    page = (ROOT / "docs/scale.md").read_text(encoding="utf-8")
    assert "DetectLabels 334 or more" in page


def test_10000_cameras_are_told_to_ask_for_what_the_scale_page_says() -> None:
    (shortage,) = shortages(needing(10_000 / 60, due=10_000), limits(1000, 333.0, pull=84))
    assert shortage.do == f"ask for at least 334 instead of 333 {REQUEST}"


def test_a_sum_of_fractions_asks_for_no_more() -> None:
    (shortage,) = shortages(needing(5.0000000001), limits(25, 5.0))
    assert shortage.do == f"ask for at least 10 instead of 5 {REQUEST}"


@pytest.mark.parametrize(
    ("rate", "images", "quota", "choice"),
    [
        (20, 1.0, 50.0, "DetectLabelsPerSecond=25"),
        (20, 1.0, 20.0, "DetectLabelsPerSecond=10, or with 25 once the account's quota is as large"),
        (20, 1.0, None, f"DetectLabelsPerSecond=25, or 10 {UNREAD} lower"),
        (500, 1.0, 1000.0, "DetectLabelsPerSecond=1000"),
        (500, 167.0, 400.0, "DetectLabelsPerSecond=1000"),
        (500, 167.0, None, "DetectLabelsPerSecond=1000"),
    ],
)
def test_a_rate_of_an_older_version_is_told_what_to_choose(
    rate: float, images: float, quota: float | None, choice: str
) -> None:
    (shortage,) = shortages(needing(images), limits(rate, quota))
    assert (
        f"DetectLabelsPerSecond is {rate}, and this version's template takes only 2, 5, 10," in shortage.what
    )
    assert shortage.do == f"deploy this version with {choice}"


def test_the_pull() -> None:
    assert shortages(needing(5, due=2400), limits(10, 50.0, pull=20)) == []
    (shortage,) = shortages(needing(5, due=2401), limits(10, 50.0, pull=20))
    assert shortage.what == (
        "up to 2401 cameras are due in the same minute, and 20 invocations of the pull handle about 4800:"
        " less than 2 times as many"
    )
    assert shortage.do == "deploy with PullConcurrency=21"


def test_a_pull_of_many_images_of_few_cameras() -> None:
    """At 10 s a pull fetches six images of each camera, and decoding decides."""
    assert shortages(needing(50, due=500, pulled=50), limits(100, 100.0, pull=17)) == []
    (shortage,) = shortages(needing(50, due=500, pulled=50), limits(100, 100.0, pull=5))
    assert shortage.what == (
        "the pull has to fetch 50 images a second, and 5 invocations of the pull fetch about 30: less than 2"
        " times as many"
    )
    assert shortage.do == "deploy with PullConcurrency=17"


def test_the_invocations_that_the_cameras_need() -> None:
    """10 of the counter at 50 images a second, 5 of the pull, the schedule and the closing."""
    demand = needing(25, due=600)
    assert shortages(demand, limits(50, 50.0, lambdas=17)) == []
    (shortage,) = shortages(demand, limits(50, 50.0, lambdas=10))
    assert shortage.what == "the cameras need 17 Lambda invocations at a time, and the account runs only 10"
    assert (
        shortage.do == "ask for at least 17 instead of 10 (Service Quotas, AWS Lambda, Concurrent executions)"
    )


def test_the_text_of_a_demand() -> None:
    assert demand_text(Demand()) == "the cameras need no images"
    assert demand_text(Demand(2.0, BUSIEST, 2.0, 1)) == "the cameras need 2 images a second all the time"


def test_an_invocation_of_the_pull_takes_as_long_as_the_costs_page_says() -> None:
    assumed, batch = COUNTS.assumed, 10
    seconds = assumed.pull_seconds + batch * assumed.pull_camera_seconds
    assert batch * 60 / seconds == PULLED_A_MINUTE
    assert int(1 / SAMPLE_CPU) == PULLED_IMAGES_PER_SECOND


def test_the_template_s_default_of_the_pull_suffices_for_2400_cameras() -> None:
    parameter = transformed()["Parameters"]["PullConcurrency"]
    assert parameter["Default"] * PULLED_A_MINUTE == HEADROOM * 2400
    assert (parameter["MinValue"], parameter["MaxValue"]) == (PULL_CONCURRENCY[0], PULL_CONCURRENCY[-1])
