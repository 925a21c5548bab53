"""The clock of these tests skips waits, and never skips work."""

import asyncio
import threading
import time

from tests.ingest.gateway.fake_clock import CLOCK, FakeClock

HOUR = 3600.0


def test_a_loop_and_a_thread_wait_for_an_hour_at_once(fake_clock: FakeClock) -> None:
    woken: list[tuple[str, float]] = []
    begun = CLOCK.monotonic()

    def wait_in_a_thread() -> None:
        assert not CLOCK.wait(threading.Event(), HOUR / 2)
        woken.append(("thread", CLOCK.monotonic()))

    async def run() -> None:
        thread = threading.Thread(target=wait_in_a_thread, name="camera-waits")
        thread.start()
        await asyncio.sleep(HOUR)
        woken.append(("loop", CLOCK.monotonic()))

    asyncio.run(run())
    assert [who for who, _ in woken] == ["thread", "loop"]
    assert [round((at - begun) / HOUR, 2) for _, at in woken] == [0.5, 1.0]
    assert HOUR - 60 < fake_clock.skipped <= HOUR


def test_time_does_not_pass_while_a_camera_is_read_or_an_executor_works(fake_clock: FakeClock) -> None:
    reading, read = threading.Event(), threading.Event()

    def work() -> None:
        reading.set()
        read.wait(0.05)  # as FFmpeg does: not by this clock

    async def run() -> float:
        thread = threading.Thread(target=work, name="camera-reads")
        thread.start()
        sleeping = asyncio.ensure_future(asyncio.sleep(HOUR))
        await asyncio.to_thread(thread.join)
        skipped = fake_clock.skipped
        await sleeping
        return skipped

    assert asyncio.run(run()) == 0.0
    assert fake_clock.skipped > HOUR - 60


def test_an_event_ends_a_wait_before_its_time(fake_clock: FakeClock) -> None:
    event = threading.Event()
    begun = CLOCK.monotonic()

    def set_it() -> None:
        time.sleep(10)
        event.set()

    setting = threading.Thread(target=set_it, name="camera-sets")
    setting.start()
    assert CLOCK.wait(event, HOUR)
    setting.join()
    assert 10 <= CLOCK.monotonic() - begun < 60
