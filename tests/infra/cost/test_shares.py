"""The bill of a stack with two different cameras, worked out by hand, line by line and camera by camera."""

from dataclasses import replace

import pytest

from infra.cost.data import COUNTS, PRICES
from infra.cost.fleet import Delivery, Fleet
from infra.cost.model import bill
from infra.cost.shares import stack_bill
from tests.infra.cost.by_hand import HAND_COUNTS

ASSUMED = Fleet()
DOOR = Fleet(cameras=1, sample_every=60, hours=12)
TILL = Fleet(cameras=1, sample_every=300, hours=60 / 7, delivery=Delivery.PUSH)

# A camera of a stream, a frame a minute, 12 hours a day, 30 days, as one of two like it: 21,600 images.
DOOR_BY_HAND = {
    "images": 21_600,
    # 0.25 MB/s x 43,200 s x 30 = 324 GB; fragments of 0.5 MB; a day of 30 is kept.
    "kvs_in": 324,
    "kvs_out": 10.8,
    "kvs_stored": 10.8,
    "kvs_images": 0,
    # 21,600 pulls with an instant and 1,350 without, two cameras in each; the counter takes both frames.
    "lambda_requests": 11_475 + 10_800,
    # Schedule and closing take 0.002 s and 0.01 s longer. Pull: 1.3 s for two. Counter: 1.4 s for two.
    "lambda_seconds": 43_200 * 0.002 * 1 + 2_880 * 0.01 * 1.7275 + 11_475 * 1.3 * 1.7275 + 10_800 * 1.4 * 0.5,
    # Two a pull; a row and a roll-up a frame; one a closing; a roll-up and a mark of 1,440 quarters.
    # On each day a mark is removed.
    "writes": 2 * 22_950 + 2 * 21_600 + 2_880 + 2 * 1_440 + 30,
    # Two items of 504 bytes fit into the scan's first block: nothing more. One a pull. 0.5 and 3 a frame;
    # 21/15 for the quarter's rows of 422 bytes. The closing reads 2 of an open quarter and 1 of a closed one.
    # On each day the history reads 48 roll-ups of 178 bytes: 3 blocks.
    "reads": 22_950 + 3.5 * 21_600 + 21_600 * 21 / 15 + 2 * 1_440 + 1_440 + 90,
    # 400 days of 720 rows of 522 bytes and 48 roll-ups of 278.
    "stored": 400 * (720 * 522 + 48 * 278) / 1e9,
    "recovery": 400 * (720 * 522 + 48 * 278) / 1e9,
    # A year of quarter hours of 270 bytes, twice.
    "history_stored": 2 * 365 * 48 * 270 / 1e9,
    "s3_writes": 21_600,
    "s3_reads": 2 * 21_600,
    # A pull is sent, received, deleted; a frame is sent; the counter receives and deletes the frames of both.
    "sqs": 3 * 11_475 + 21_600 + 2 * 10_800,
    "schedules": 0,
    "logs_in": (11_475 * 1_466 + 10_800 * 1_256 + 350 * 1_440) / 1e9,
    "logs_stored": (11_475 * 1_466 + 10_800 * 1_256 + 350 * 1_440) / 1e9,
    "traces": 11_475 + 10_800,
    "metrics": 0,
    "alarms": 0,
    "dashboards": 0,
}  # fmt: skip
# A camera that sends its frames, one each 300 s, 60 hours a week: 60/7 x 12 x 30 = 21,600/7 images.
TILL_BY_HAND = {
    "images": 21_600 / 7,
    "kvs_in": 0,
    "kvs_out": 0,
    "kvs_stored": 0,
    "kvs_images": 0,
    "lambda_requests": 10_800 / 7,
    "lambda_seconds": 43_200 * 0.002 * 1 + 2_880 * 0.01 * 1.7275 + 10_800 / 7 * 1.4 * 0.5,
    # 60/7 x 4 x 30 = 7,200/7 quarter hours are open.
    "writes": 2 * 21_600 / 7 + 2_880 + 2 * 7_200 / 7 + 30,
    # The quarter's one to three rows fit into a block, a day's 34 roll-ups into two.
    "reads": 3.5 * 21_600 / 7 + 21_600 / 7 + 2_880 + 60,
    "stored": 400 / 30 * (21_600 / 7 * 522 + 7_200 / 7 * 278) / 1e9,
    "recovery": 400 / 30 * (21_600 / 7 * 522 + 7_200 / 7 * 278) / 1e9,
    "history_stored": 2 * 365 * 240 / 7 * 270 / 1e9,
    "s3_writes": 21_600 / 7,
    "s3_reads": 2 * 21_600 / 7,
    "sqs": 21_600 / 7 + 2 * 10_800 / 7,
    "schedules": 0,
    "logs_in": (10_800 / 7 * 1_256 + 350 * 7_200 / 7) / 1e9,
    "logs_stored": (10_800 / 7 * 1_256 + 350 * 7_200 / 7) / 1e9,
    "traces": 10_800 / 7,
    "metrics": 0,
    "alarms": 0,
    "dashboards": 0,
}  # fmt: skip
# What runs without a camera: 43,200 ticks of the schedule and 2,880 closings.
STACK_BY_HAND = {
    **dict.fromkeys(DOOR_BY_HAND, 0),
    "lambda_requests": 46_080,
    "lambda_seconds": 43_200 * 0.3 * 1 + 2_880 * 0.5 * 1.7275,
    # A scan reads a block; the closing the store and its marks, which the history reads twice more a day.
    "reads": 0.5 * 46_080 + 1.5 * 2_880 + 60,
    # The store's entry, once a day; two files a day, one a month, which reads the days.
    "writes": 30,
    "s3_writes": 2_880 + 61,
    "s3_reads": 61 + 30,
    "sqs": 2 * 15 * 43_200,
    "schedules": 46_080,
    "logs_in": (43_200 * 1_185 + 2_880 * 1_340) / 1e9,
    "logs_stored": (43_200 * 1_185 + 2_880 * 1_340) / 1e9,
    "traces": 46_080,
    "metrics": 36,
    "alarms": 10,
}


def test_each_line_of_each_camera_is_that_worked_out_by_hand() -> None:
    found = stack_bill({"door": DOOR, "till": TILL}, ASSUMED, PRICES, HAND_COUNTS)
    assert found.cameras["door"].units == pytest.approx(DOOR_BY_HAND)
    assert found.cameras["till"].units == pytest.approx(TILL_BY_HAND)
    assert found.stack.units == pytest.approx(STACK_BY_HAND)
    # A dollar each 1,000 images; 8.5 cents each 10 GB of video.
    assert found.cameras["door"].usd["images"] == pytest.approx(21.60)
    assert found.cameras["door"].usd["kvs_in"] == pytest.approx(2.754)
    assert found.cameras["till"].usd["images"] == pytest.approx(3.085714)
    shares = [found.stack, *found.cameras.values()]
    assert found.total == pytest.approx(sum(share.total for share in shares))


def test_cameras_that_are_all_alike_cost_what_their_fleet_costs() -> None:
    found = stack_bill({f"camera-{n}": DOOR for n in range(10)}, ASSUMED, PRICES, COUNTS)
    whole = {line.name: line.usd for line in bill(replace(DOOR, cameras=10), PRICES, COUNTS)}
    assert {line.name: line.usd for line in found.lines} == pytest.approx(whole)


def test_a_tier_is_shared_by_all_images() -> None:
    found = stack_bill(
        {f"camera-{n}": replace(DOOR, sample_every=10) for n in range(10)}, ASSUMED, PRICES, COUNTS
    )
    # 1,296,000 images: a million at 0.001, the others at 0.0008.
    assert found.cameras["camera-0"].usd["images"] == pytest.approx((1_000 + 296_000 * 0.0008) / 10)


@pytest.mark.parametrize("delivery", Delivery)
def test_a_camera_that_is_never_open_needs_no_image(delivery: Delivery) -> None:
    found = stack_bill({"door": replace(DOOR, hours=0, delivery=delivery)}, ASSUMED, PRICES, COUNTS)
    assert found.cameras["door"].units["images"] == 0
    assert 0 < found.cameras["door"].total < 0.12  # the closing and the pull look at it


def test_a_camera_counted_by_the_gateway_needs_neither_images_nor_video() -> None:
    found = stack_bill({"door": replace(DOOR, delivery=Delivery.EDGE)}, ASSUMED, PRICES, HAND_COUNTS)
    used = found.cameras["door"].units
    assert [used[name] for name in ("images", "kvs_in", "kvs_out", "kvs_stored", "kvs_images")] == [0] * 5
    # An observation each 300 s: put, read; five rows and a roll-up of each.
    assert (used["s3_writes"], used["s3_reads"]) == (4_320, 4_320)
    assert used["writes"] == pytest.approx(21_600 + 4_320 + 2_880 + 2 * 1_440 + 30)


def test_a_stack_without_cameras_has_its_own_lines() -> None:
    found = stack_bill({}, ASSUMED, PRICES, HAND_COUNTS)
    assert {line.name: line.units for line in found.lines} == pytest.approx(STACK_BY_HAND)
    assert found.cameras == {}


def test_the_rate_is_that_of_all_cameras_together() -> None:
    """One camera of an image a second and 149 each 300 s need 1.5 a second, not 150."""
    fleets = {f"till-{number}": TILL for number in range(149)} | {"door": replace(DOOR, sample_every=1)}
    found = stack_bill(fleets, ASSUMED, PRICES, HAND_COUNTS)
    # As one of 150 like it: each brings 60 frames a minute, in batches of 25 of 5 images a second.
    used = found.cameras["door"].units["lambda_requests"]
    assert used == pytest.approx(21_600 * 360 / 150 + (21_600 * 15 + 1_350 * 15) / 150, rel=0.01)
