"""A fast clock for cameras that play in real time."""

import time


class FastClock:
    """Seconds since the epoch; from its creation on, it runs `speed` times as fast as real time."""

    def __init__(self, speed: float = 10.0) -> None:
        self._speed, self._start = speed, time.time()

    def __call__(self) -> float:
        return self._start + (time.time() - self._start) * self._speed
