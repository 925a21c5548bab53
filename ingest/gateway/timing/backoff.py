"""Gateway -> AWS, gateway -> camera: how long to wait after a failure."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from ingest.gateway.timing.clock import Clock

Ready = Callable[[], Awaitable[None]]
"""Awaited before anything is sent: it checks our clock, if AWS answers at all."""


async def at_once() -> None:
    """Wait for nothing."""


@dataclass(frozen=True)
class Timings:
    """Limits of a connection, in seconds. KVS ends one after 45 minutes, and after 30 s of silence."""

    renew: float = 38 * 60.0
    idle: float = 20.0
    stale: float = 30.0
    first_retry: float = 0.5
    longest_retry: float = 60.0
    poll: float = 1.0
    """Between two checks of whether a connection is still good."""


class Backoff:
    """Waits that double with each failure, with jitter: each is drawn from its upper half."""

    def __init__(self, first: float, longest: float, chance: Callable[[], float] = random.random) -> None:
        self._first = first
        self._longest = longest
        self._chance = chance
        self.failures = 0

    def next(self) -> float:
        """Seconds to wait after another failure."""
        most = min(self._longest, self._first * 2.0 ** min(self.failures, 30))
        self.failures += 1
        return most * (1 + self._chance()) / 2

    def reset(self) -> None:
        """Begin with the first wait again, after a success."""
        self.failures = 0


class Recovery:
    """One uplink for all: the first that gets through after a failure wakes the others."""

    def __init__(self) -> None:
        self._happened = asyncio.Event()

    def happened(self) -> None:
        """Wake the others: the uplink works again."""
        self._happened.set()
        self._happened = asyncio.Event()

    async def wait(self, clock: Clock, seconds: float) -> None:
        """Wait for `seconds`, or until another one gets through."""
        waits = [asyncio.ensure_future(clock.sleep(seconds)), asyncio.ensure_future(self._happened.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waits:
                task.cancel()
