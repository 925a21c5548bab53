"""500 cameras at a frame a minute, and 50 images a second: whether they keep up, and an hour's outages.

The deployed code in a simulated region (tests/scale), five to thirty minutes for each line. Arguments of
`python -m tests.bench.scale`: names of the runs below, or none for all.
"""

import os
import sys
import time
from collections.abc import Mapping

from tests.scale.outages import Outage, Result, derived, run
from tests.scale.world import Fleet

HOUR = 3600.0
MINUTES_500 = Fleet(cameras=500, every=60, rate=25, quota=50)
FIFTY = Fleet(cameras=500, every=10, rate=100, quota=100)
RUNS: Mapping[str, tuple[Fleet, Outage, float]] = {
    **{
        f"500-{outage.name.lower()}": (MINUTES_500, outage, HOUR if outage is not Outage.NONE else 1200.0)
        for outage in Outage
    },
    **{
        f"50-{outage.name.lower()}": (FIFTY, outage, HOUR)
        for outage in (Outage.PULL, Outage.COUNTER_FAILS, Outage.REGION)
    },
    "50-counter_fails-15": (FIFTY, Outage.COUNTER_FAILS, HOUR / 4),
    "2000-none": (Fleet(cameras=2000, every=60, rate=100, quota=100), Outage.NONE, 300.0),
    "10000-none": (
        Fleet(cameras=10_000, every=60, rate=1000, quota=400, pull_concurrency=84),
        Outage.NONE,
        120.0,
    ),
}


def main(names: list[str] | None = None) -> None:
    """Print a line for each run."""
    os.environ["POWERTOOLS_METRICS_NAMESPACE"] = "bench"
    print(
        "run                 images/s  caught up min  derived  left  median s  99 %  queue  >5 times  wall s"
    )
    for name in names or RUNS:
        fleet, outage, length = RUNS[name]
        begun = time.monotonic()
        print(line(name, run(fleet, outage, length), length, time.monotonic() - begun), flush=True)


def line(name: str, result: Result, length: float, wall: float) -> str:
    """The figures of a run."""
    none = result.outage is Outage.NONE
    caught_up = "" if none or result.caught_up is None else f"{result.caught_up / 60:.1f}"
    expected = "" if none else f"{derived(result.fleet, length, result.outage) / 60:.1f}"
    return (
        f"{name:20}{result.fleet.per_second:8.1f}{caught_up:>15}{expected:>9}{result.uncounted:6}"
        f"{result.percentile(50):10.0f}{result.percentile(99):6.0f}{result.deepest:7}{result.received_often:7}"
        f"{wall:8.0f}"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
