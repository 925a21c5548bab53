"""Time that passes, and waiting for it: an argument, so that tests need not wait."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Clock:
    """Time that passes: seconds from anywhere, never backwards; and waiting for it."""

    monotonic: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]
