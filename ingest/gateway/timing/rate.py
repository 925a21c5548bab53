"""Spool -> KVS: limits how much passes in a second."""

from math import inf

from ingest.gateway.timing.clock import Clock

FRAGMENTS_A_SECOND = 4.0
"""Fragments a second for each stream; KVS accepts 5."""


class Rate:
    """Lets `per_second` pass on average; 0 is no limit.

    At most `at_once` of a large amount passes before the others have their turn: so all get the same share.
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
