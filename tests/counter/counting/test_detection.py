import pytest

from counter.counting.detection import OutOfTime, Pace


class Clock:
    """Sleeping is what makes its time pass."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def turns(pace: Pace, clock: Clock, number: int) -> list[float]:
    result = []
    for _ in range(number):
        pace.wait(until=1e9)
        result.append(clock.now)
    return result


def test_calls_begin_evenly(clock: Clock) -> None:
    pace = Pace(4, clock, clock.sleep)
    assert turns(pace, clock, 4) == [100.0, 100.25, 100.5, 100.75]


def test_time_that_was_not_used_is_not_saved_up(clock: Clock) -> None:
    pace = Pace(4, clock, clock.sleep)
    pace.wait(until=1e9)
    clock.now += 60
    assert turns(pace, clock, 2) == [160.0, 160.25]


def test_no_turn_is_promised_after_the_end(clock: Clock) -> None:
    pace = Pace(1, clock, clock.sleep)
    assert turns(pace, clock, 2) == [100.0, 101.0]
    with pytest.raises(OutOfTime, match="1 calls a second"):
        pace.wait(until=101.5)
    assert clock.now == 101.0
    pace.wait(until=102.0)
    assert clock.now == 102.0


def test_a_throttled_pace_holds_everybody(clock: Clock) -> None:
    pace = Pace(100, clock, clock.sleep)
    pace.wait(until=1e9)
    pace.hold(3)
    assert turns(pace, clock, 1) == [103.0]
