"""Small fleets keep up, and catch up in the derived time; `make bench ARGS=scale` has the large ones."""

import pytest

from tests.scale.outages import LIVE, Outage, Result, derived, run
from tests.scale.world import Fleet, world

SMALL = Fleet(cameras=30, every=60, rate=10, quota=20, pull_concurrency=2)


def test_a_small_fleet_keeps_up() -> None:
    with world(SMALL) as stack:
        stack.run_until(600)
        last = stack.samples[-1]
        assert last.due - last.counted <= 2 * SMALL.cameras
        assert max(stack.all_ages) <= LIVE
        assert max(sample.pull_queue for sample in stack.samples) == 0
        assert {name: function.failures for name, function in stack.functions.items()} == {
            "schedule": [], "pull": [], "counter": [], "closing": [],
        }  # fmt: skip


@pytest.mark.parametrize("outage", [Outage.PULL, Outage.COUNTER, Outage.THROTTLED, Outage.REGION])
def test_after_an_outage_it_catches_up_in_the_derived_time(outage: Outage) -> None:
    assert_derived(run(SMALL, outage, length=600, warm_up=240), length=600)


def test_messages_that_were_received_often_are_counted_as_fast_as_others() -> None:
    # A message is received again after 20 s, so that minutes do what an hour does to the deployed queue.
    fleet = Fleet(cameras=120, every=60, rate=10, quota=20, visibility=20)
    result = run(fleet, Outage.COUNTER_FAILS, length=480, warm_up=240)
    assert result.received_often > 500
    assert_derived(result, length=480)


def assert_derived(result: Result, length: float) -> None:
    """All was counted, nothing lost, and within the derived time."""
    assert (result.uncounted, result.dead_letters) == (0, 0)
    assert result.caught_up is not None
    assert result.caught_up <= derived(result.fleet, length, result.outage)
