"""How well a camera keeps time, judged by its packets."""

import random
from dataclasses import replace

import pytest

from ingest.gateway.check.camera_clock import CameraClock, Stamp, judged

NOW = 1_700_000_000_000


def bursts(every_ms: int) -> list[Stamp]:
    """25 a second for 40 s, over a network that delivers them in bursts."""
    return [Stamp(taken, NOW + -(-taken // every_ms) * every_ms) for taken in range(0, 40_000, 40)]


def exact(seconds: int, pace: float = 1.0) -> list[Stamp]:
    """Over a network without delays."""
    return stamps(pace, seconds, jitter_ms=1)


def stamps(
    pace: float = 1.0, seconds: int = 20, jitter_ms: int = 30, burst_ms: int = 0, jump_ms: int = 0
) -> list[Stamp]:
    """25 a second over a network with delays; a jump in the middle; buffered packets at first."""
    network = random.Random(4)
    made = []
    for number in range(25 * seconds):
        taken = number * 40
        own = round(taken * pace) + (jump_ms if taken > seconds * 500 else 0)
        made.append(Stamp(own, NOW + max(taken, burst_ms) + network.randrange(jitter_ms)))
    return made


@pytest.mark.parametrize(
    ("made", "pace"),
    [
        (stamps(), 1.0),
        (stamps(pace=1.02), 1.02),
        (stamps(pace=0.95), 0.95),
        (stamps(burst_ms=2000), 1.0),
        (stamps(jitter_ms=1), 1.0),
        *((exact(seconds), 1.0) for seconds in (16, 20, 25, 30, 40, 60)),
        *((exact(seconds, 1.01), 1.01) for seconds in (16, 20, 25, 30, 40, 60)),
        (exact(20, 1.05), 1.05),
        (exact(20, 0.95), 0.95),
        (exact(60, 1.05), 1.05),
    ],
)
def test_its_pace_is_measured_through_a_network_that_holds_packets_up(made: list[Stamp], pace: float) -> None:
    assert judged(made, None).pace == pytest.approx(pace, abs=0.002)


def test_a_short_look_measures_no_pace() -> None:
    assert judged(stamps(seconds=3), None) == CameraClock()
    assert str(CameraClock()) == "-"
    assert judged(stamps(pace=1.02, seconds=12), None) == CameraClock()
    assert judged([], NOW) == CameraClock()


@pytest.mark.parametrize("held_ms", [200, 800])
def test_what_a_camera_had_kept_and_sends_slowly_is_no_pace(held_ms: int) -> None:
    """It catches up for 10 s, as after a stall: a fitted line through that means nothing."""
    made = [
        replace(stamp, arrived_ms=stamp.arrived_ms + max(0, held_ms - held_ms * stamp.own_ms // 10_000))
        for stamp in stamps()
    ]
    assert judged(made, None) == CameraClock()


@pytest.mark.parametrize("every_ms", [200, 1000, 2000, 4000])
def test_a_network_that_sends_in_bursts_moves_no_stamp(every_ms: int) -> None:
    found = judged(bursts(every_ms), None)
    assert found.jumps == 0
    assert found.advice is None


@pytest.mark.parametrize("jump_ms", [-60_000, -3_000, 3_000, 60_000])
def test_jumps_are_counted(jump_ms: int) -> None:
    found = judged(stamps(jump_ms=jump_ms), NOW)
    assert found == CameraClock(jumps=1)
    assert str(found) == "jumps"
    assert "firmware" in str(found.advice)


@pytest.mark.parametrize(
    ("own_start_ms", "shown", "advised"),
    [
        (NOW, "+0.0 s", None),
        (NOW - 400, "-0.4 s", None),
        (NOW + 5_000, "+5.0 s", "5.0 s ahead of this box's"),
        (NOW - 3 * 3_600_000, "-3.0 h", "3.0 h behind this box's"),
        (NOW - 30 * 60_000, "-30 min", "30 min behind this box's"),
        (None, "steady", None),
    ],
)
def test_its_time_of_day_is_held_against_ours(
    own_start_ms: int | None, shown: str, advised: str | None
) -> None:
    found = judged(stamps(jitter_ms=20), own_start_ms)
    assert str(found) == shown
    assert (advised or "None") in str(found.advice)


@pytest.mark.parametrize(("pace", "shown"), [(1.02, "2.0 % fast"), (0.9, "10.0 % slow")])
def test_a_wrong_pace_comes_before_a_wrong_time_of_day(pace: float, shown: str) -> None:
    found = CameraClock(pace, 0, 7.0)
    assert str(found) == shown
    assert shown in str(found.advice)
