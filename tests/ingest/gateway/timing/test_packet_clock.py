import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from ingest.gateway.timing.clock import Clock
from ingest.gateway.timing.packet_clock import PacketClock
from ingest.gateway.timing.wall_clock import WallClock

START = 1_795_393_011_685


def test_packets_keep_their_cameras_intervals() -> None:
    """However they arrive: here up to 400 ms late, and in a burst."""
    clock = PacketClock()
    owns = [90_000 + 40 * number for number in range(500)]
    arrivals = [START + 40 * number + (number * 37) % 400 for number in range(500)]
    arrivals[0] = START

    times = [clock.time_ms(own, arrived) for own, arrived in zip(owns, arrivals, strict=True)]

    assert times == [START + 40 * number for number in range(500)]


def test_b_frames_may_go_back_a_little() -> None:
    clock = PacketClock()
    own = [0, 120, 40, 80, 240, 160, 200]

    assert [clock.time_ms(time, START + time) for time in own] == [START + time for time in own]


def drift(parts_per_million: int) -> Callable[[int], int]:
    return lambda elapsed: elapsed + elapsed * parts_per_million // 1_000_000


@pytest.mark.parametrize("ppm", [200, -200])
def test_a_camera_that_drifts_gets_another_anchor_before_it_is_two_seconds_off(ppm: int) -> None:
    own = drift(ppm)
    clock, anchors, worst = PacketClock(), 1, 0
    for elapsed in range(0, int(timedelta(hours=6) / timedelta(milliseconds=1)), 1000):
        time = clock.time_ms(own(elapsed), START + elapsed)
        if time is None:
            clock, anchors = PacketClock(), anchors + 1
            time = clock.time_ms(own(elapsed), START + elapsed)
        assert time is not None
        worst = max(worst, abs(time - START - elapsed))

    assert worst < 2_000
    assert 2 <= anchors <= 6


@pytest.mark.parametrize("jump_ms", [-3_600_000, -2_500, 1_500, 30_000, 3_600_000])
def test_a_camera_whose_clock_jumps_gets_another_anchor_at_once(jump_ms: int) -> None:
    clock = PacketClock()
    for elapsed in range(0, 5000, 40):
        assert clock.time_ms(elapsed, START + elapsed) is not None

    assert clock.time_ms(5000 + jump_ms, START + 5000) is None


def test_a_network_that_holds_packets_back_for_a_while_changes_nothing() -> None:
    clock = PacketClock()
    arrived = [0, 1000, *[9000] * 8, 10_000]

    assert [clock.time_ms(1000 * n, START + at) for n, at in enumerate(arrived)] == [
        START + 1000 * n for n in range(len(arrived))
    ]


def test_a_camera_that_first_sends_what_it_had_kept_gets_its_true_time() -> None:
    """Three seconds in a burst: what follows is live."""
    clock, anchors = PacketClock(), 1
    for own in range(0, 10_000, 40):
        arrived = START + max(own, 3000)
        time = clock.time_ms(own, arrived)
        if time is None:
            clock, anchors = PacketClock(), anchors + 1
            time = clock.time_ms(own, arrived)

    assert time is not None
    assert 0 <= time - (START + own) <= 1_000
    assert anchors == 3


@pytest.mark.parametrize("by_ms", [86_400_000, -3_600_000])
def test_where_our_clock_was_wrong_a_camera_keeps_its_anchor(by_ms: int) -> None:
    wall = WallClock(Clock(lambda: 100.0, asyncio.sleep, time=lambda: START / 1000))
    other = wall.copy()
    clock = PacketClock()
    for own in range(0, 20_000, 40):
        assert clock.time_ms(own, wall.run_ms(100.0) + own) == START + own

    wall.set_right(by_ms)
    for own in range(20_000, 40_000, 40):
        time_ms = clock.time_ms(own, wall.run_ms(100.0) + own)
        assert time_ms is not None
        assert time_ms + wall.correction_ms == START + by_ms + own
    assert wall.now_ms() == START + by_ms
    assert other.now_ms() == START
