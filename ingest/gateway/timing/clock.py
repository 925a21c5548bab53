"""Time that passes, and waiting for it: an argument, so that tests need not wait."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from threading import Event


@dataclass(frozen=True)
class Clock:
    """`monotonic` counts seconds from any point, `time` since the epoch.

    `sleep` waits in a task; `wait` waits in a thread for an event and returns whether it is set.
    """

    monotonic: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]
    wait: Callable[[Event, float], bool] = Event.wait
    time: Callable[[], float] = time.time


SYSTEM_CLOCK = Clock(time.monotonic, asyncio.sleep)
