import asyncio

import pytest

from ingest.gateway.timing.clock import Clock
from ingest.gateway.timing.wall_clock import WallClock
from ingest.times import from_millis

START = 1_795_393_011_685


@pytest.mark.parametrize(
    ("off_ms", "corrected"),
    [(0, False), (900, False), (-1400, False), (4000, True), (-4000, True), (-50 * 365 * 86_400_000, True)],
)
def test_the_boxs_clock_is_held_against_awss(off_ms: int, *, corrected: bool) -> None:
    clock = WallClock(Clock(lambda: 100.0, asyncio.sleep, time=lambda: (START + off_ms) / 1000))
    before = clock.checked

    found = clock.check(from_millis(START).replace(microsecond=0))

    assert (before, clock.checked) == (False, True)
    assert (found != 0) == corrected
    assert abs(clock.now_ms() - START) <= (600 if corrected else 1500)


def test_between_two_checks_it_runs_on_whatever_the_boxs_clock_does() -> None:
    wall, monotonic = START / 1000, 100.0
    clock = WallClock(Clock(lambda: monotonic, asyncio.sleep, time=lambda: wall))
    wall -= 3600
    monotonic += 5

    assert clock.now_ms() == START + 5000
