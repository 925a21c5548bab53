"""Waits for other threads and processes."""

import time
from collections.abc import Callable

PATIENCE = 20.0


def await_that(done: Callable[[], bool], patience: float = PATIENCE) -> None:
    """Return as soon as `done` returns True; fail after `patience` seconds."""
    until = time.monotonic() + patience
    while not done():
        assert time.monotonic() < until, "did not happen in time"
        time.sleep(0.01)  # between two checks
