"""Spool -> KVS: how long to wait, after failures and between fragments."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from math import inf

FRAGMENTS_A_SECOND = 4.0
"""KVS takes 5 of a stream."""


Ready = Callable[[], Awaitable[None]]
"""Awaited before anything is sent: by then our clock has been checked, if AWS answers at all."""


async def at_once() -> None:
    """Nothing has to be waited for."""


@dataclass(frozen=True)
class Timings:
    """When a connection is given up, in seconds. KVS ends one after 45 minutes, and after 30 s of silence."""

    renew: float = 38 * 60.0
    idle: float = 20.0
    stale: float = 30.0
    first_retry: float = 0.5
    longest_retry: float = 60.0


@dataclass(frozen=True)
class Clock:
    """Time that passes: seconds from anywhere, never backwards; and waiting for it."""

    monotonic: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]


class Backoff:
    """Waits that double with each failure, each drawn from its upper half, so that nobody comes in step."""

    def __init__(self, first: float, longest: float, chance: Callable[[], float] = random.random) -> None:
        self._first = first
        self._longest = longest
        self._chance = chance
        self.failures = 0

    def next(self) -> float:
        """Seconds to wait after one more failure."""
        most = min(self._longest, self._first * 2.0 ** min(self.failures, 30))
        self.failures += 1
        return most * (1 + self._chance()) / 2

    def reset(self) -> None:
        """It works again."""
        self.failures = 0


class Recovery:
    """One uplink for all: whoever gets through after a failure wakes those who still wait to try again."""

    def __init__(self) -> None:
        self._happened = asyncio.Event()

    def happened(self) -> None:
        """Somebody gets through again."""
        self._happened.set()
        self._happened = asyncio.Event()

    async def wait(self, clock: Clock, seconds: float) -> None:
        """Wait so long, or until it happens."""
        waits = [asyncio.ensure_future(clock.sleep(seconds)), asyncio.ensure_future(self._happened.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waits:
                one.cancel()


class Rate:
    """So much a second, on average over what went before; `per_second` 0 is no limit.

    Of a large amount only `at_once` passes before the others have their turn: all get the same share.
    """

    def __init__(self, per_second: float, clock: Clock, at_once: float = inf) -> None:
        self._per_second = per_second
        self._clock = clock
        self._at_once = at_once
        self._free = clock.monotonic()

    async def take(self, amount: float) -> None:
        """Wait until `amount` may pass."""
        while self._per_second and amount > 0:
            part = min(amount, self._at_once)
            amount -= part
            now = self._clock.monotonic()
            wait = self._free - now
            self._free = max(now, self._free) + part / self._per_second
            if wait > 0:
                await self._clock.sleep(wait)
