"""The truth of the simulated store."""

import pytest

from infra.local.simulated_store.scene.plan import STEP, Plan

START = 1_795_437_840  # a whole second


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", ["entrance", "aisle"])
def test_any_minute_shows_four_numbers_and_nobody(name: str, seed: int) -> None:
    plan = Plan(name, seed)
    for start in range(START, START + 1800, 7):
        numbers = {plan.truth(start + second) for second in range(60)}
        assert 0 in numbers
        assert len(numbers) >= 4


def test_the_same_name_and_seed_give_the_same_truth() -> None:
    assert truths("aisle", 1) == truths("aisle", 1)


@pytest.mark.parametrize(("name", "seed"), [("entrance", 1), ("aisle", 2)])
def test_another_name_or_seed_gives_another(name: str, seed: int) -> None:
    assert truths(name, seed) != truths("aisle", 1)


def truths(name: str, seed: int) -> list[int]:
    return [Plan(name, seed).truth(START + second) for second in range(120)]


def test_at_whole_seconds_everybody_is_in_full_view() -> None:
    plan = Plan("aisle", 3)
    for second in range(600):
        assert all(visitor.share == 1.0 for visitor in plan.visitors(START + second))


def test_only_those_in_full_view_count() -> None:
    plan = Plan("aisle", 3)
    for tick in range(6000):
        visitors = plan.visitors(START + tick / 10)
        assert plan.truth(START + tick / 10) == sum(visitor.share == 1.0 for visitor in visitors)
        assert len({visitor.place for visitor in visitors}) == len(visitors)
        assert all(0 < visitor.share <= 1 for visitor in visitors)


def test_one_comes_or_goes_at_a_time() -> None:
    plan = Plan("entrance", 9)
    for step in range(400):
        time = START + step * STEP
        assert abs(plan.truth(time + STEP) - plan.truth(time)) <= 1
