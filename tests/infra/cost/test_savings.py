from dataclasses import replace

import pytest

from infra.cost.data import COUNTS, PRICES
from infra.cost.fleet import Delivery, Fleet
from infra.cost.savings import INTERVALS, Bills, interval_costs, savings
from tests.infra.cost.by_hand import HAND_COUNTS

BILLS = Bills(Fleet(), PRICES, COUNTS)
DOOR = Fleet(cameras=1, sample_every=60)


def saved(fleets: dict[str, Fleet], bills: Bills = BILLS) -> dict[str, tuple[int, float]]:
    return {saving.change: (saving.cameras, saving.usd) for saving in savings(fleets, bills)}


def test_keyframes_save_84_percent_of_the_video_of_streams() -> None:
    found = saved({"door": DOOR, "till": replace(DOOR, delivery=Delivery.PUSH)})
    # 324 GB in, 10.8 GB out and 10.8 GB kept of one camera; `keyframes_share` is 0.16.
    video = 324 * 0.0085 + 10.8 * 0.0085 + 10.8 * 0.023
    number, usd = found["the gateway sends keyframes only (`send: keyframes`)"]
    assert number == 1
    assert usd == pytest.approx(0.84 * video)


def test_twice_the_interval_saves_half_of_the_images_and_what_follows_from_them() -> None:
    number, usd = saved({"door": DOOR})["twice the time between two frames (`--every`)"]
    assert number == 1
    assert usd == pytest.approx(10_800 * 0.001, rel=0.05)


def test_an_hour_less_saves_a_twelfth_of_images_and_video() -> None:
    _, usd = saved({"door": DOOR})["an opening hour a day less (`--hours`)"]
    images_and_video = 21.60 + 324 * 0.0085 + 10.8 * 0.0085 + 10.8 * 0.023
    assert usd == pytest.approx(images_and_video / 12, rel=0.06)


def test_a_camera_that_is_always_open_is_compared_with_half_a_day() -> None:
    found = saved({"door": replace(DOOR, hours=24)})
    assert "12 opening hours a day instead of 24 (`--hours`)" in found
    assert "an opening hour a day less (`--hours`)" not in found


def test_video_of_closed_hours_can_be_saved() -> None:
    assumed = Fleet(only_open=False)
    found = saved({"door": replace(DOOR, only_open=False)}, Bills(assumed, PRICES, HAND_COUNTS))
    _, usd = found["the gateway sends in opening hours only (`only_open`)"]
    assert usd == pytest.approx(324 * 0.0085 + 10.8 * 0.023)
    assert "the gateway sends in opening hours only (`only_open`)" not in saved({"door": DOOR})


def test_counting_at_the_gateway_saves_more_than_images_and_video() -> None:
    _, usd = saved({"door": DOOR})["the gateway counts itself (`edge`, not in this version yet)"]
    assert usd > 21.60 + 324 * 0.0085


def test_what_nothing_can_save_is_left_out() -> None:
    assert saved({"door": replace(DOOR, hours=0, delivery=Delivery.PUSH)}) == {}


def test_each_interval_has_the_images_and_the_bill_of_all_cameras() -> None:
    fleets = {"door": DOOR, "till": replace(DOOR, sample_every=300)}
    found = {cost.sample_every: cost for cost in interval_costs(fleets, BILLS)}
    assert tuple(found) == INTERVALS
    assert found[60].images == 2 * 21_600
    assert found[60].usd == pytest.approx(BILLS.of({"door": DOOR, "till": DOOR}).total)
