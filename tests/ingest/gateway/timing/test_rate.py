"""How senders share a limited rate, with a clock that advances once all of them wait."""

import asyncio
from math import inf

import pytest

from ingest.gateway.timing.clock import Clock
from ingest.gateway.timing.rate import Rate


class Hands:
    """Advances to the time at which the next task wakes."""

    def __init__(self) -> None:
        self.now = 0.0
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []

    def clock(self) -> Clock:
        return Clock(lambda: self.now, self._sleep)

    async def _sleep(self, seconds: float) -> None:
        future = asyncio.get_running_loop().create_future()
        self._waiting.append((self.now + seconds, len(self._waiting), future))
        await future

    async def move(self, until: float) -> None:
        while True:
            for _ in range(5):
                await asyncio.sleep(0)
            self._waiting.sort(key=lambda waiting: waiting[:2])
            if not self._waiting or self._waiting[0][0] > until:
                return
            self.now, _, future = self._waiting.pop(0)
            future.set_result(None)


def passed(seconds: float, at_once: float, *sizes: int) -> list[int]:
    """The bytes of each sender, whose pieces have these sizes, at 1 MB a second for all."""
    sent = [0] * len(sizes)

    async def send(rate: Rate, number: int) -> None:
        while True:
            await rate.take(sizes[number])
            sent[number] += sizes[number]

    async def all_send() -> None:
        hands = Hands()
        rate = Rate(1_000_000, hands.clock(), at_once)
        sending = [asyncio.ensure_future(send(rate, number)) for number in range(len(sizes))]
        await hands.move(seconds)
        for task in sending:
            task.cancel()
        await asyncio.wait(sending)

    asyncio.run(all_send())
    return sent


@pytest.mark.parametrize("at_once", [inf, 64_000])
def test_no_more_than_the_rate_passes(at_once: float) -> None:
    assert sum(passed(60, at_once, 100_000, 100_000, 100_000)) == pytest.approx(60_000_000, rel=0.01)


def test_large_pieces_do_not_take_what_small_ones_need() -> None:
    large, small = passed(120, 64_000, 2_000_000, 100_000)
    assert large == pytest.approx(small, rel=0.3)

    large, small = passed(120, inf, 2_000_000, 100_000)
    assert large > 10 * small  # as it would be without


def test_no_rate_is_no_limit() -> None:
    async def take() -> None:
        await Rate(0, Hands().clock()).take(10**12)

    asyncio.run(take())
