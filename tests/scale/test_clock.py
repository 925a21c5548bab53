"""The virtual clock: waits take no time, threads take turns, and nothing is left running."""

import time
from collections.abc import Iterator

import pytest

from tests.scale.clock import Clock, Threads


@pytest.fixture
def clock() -> Iterator[Clock]:
    made = Clock(1000.0)
    Threads.clock = made
    yield made
    made.close()


def test_waiting_moves_the_clock_and_takes_no_time(clock: Clock) -> None:
    begun = time.monotonic()
    clock.sleep(86_400)
    assert clock.time() == 87_400
    assert time.monotonic() - begun < 60


def test_processes_go_on_in_the_order_of_their_times(clock: Clock) -> None:
    seen: list[tuple[str, float]] = []

    def process(name: str, step: float) -> None:
        for _ in range(3):
            clock.sleep(step)
            seen.append((name, clock.now - 1000))

    clock.join([clock.spawn(lambda: process("a", 2)), clock.spawn(lambda: process("b", 3))])
    assert seen == [("a", 2), ("b", 3), ("a", 4), ("b", 6), ("a", 6), ("b", 9)]


def test_threads_share_the_work_and_give_results_in_order(clock: Clock) -> None:
    def work(number: int) -> int:
        clock.sleep(10 - number)
        return number * number

    with Threads[int](5) as threads:
        assert list(threads.map(work, range(10))) == [number * number for number in range(10)]
    # Five begin at 0 and end after 10 to 6; the others take the threads that become free first.
    assert clock.now == 1000 + 11


def test_an_error_is_raised_where_its_result_is_taken(clock: Clock) -> None:
    def work(number: int) -> int:
        clock.sleep(1)
        return 1 // number

    results = Threads[int](2).map(work, [1, 0, 1])
    assert next(results) == 1
    with pytest.raises(ZeroDivisionError):
        next(results)


def test_what_waits_at_the_end_is_ended() -> None:
    clock, ended = Clock(0.0), list[bool]()

    def waits() -> None:
        try:
            clock.sleep(1e9)
        finally:
            ended.append(True)

    clock.spawn(waits)
    clock.sleep(1)
    clock.close()
    for process in clock.processes:
        process.thread.join(10)
    assert ended == [True]
