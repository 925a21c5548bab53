"""Kills a hop between two of its steps: at its n-th AWS call, before it leaves or after it came back."""

from threading import Lock
from typing import Any


class Killed(BaseException):
    """A kill, as the code under test sees it: no code may catch it."""


class Killer:
    """Lets `survive` steps pass, then raises Killed at each. A call has two steps: it leaves, it is back.

    `steps` counts them, so that a first run without a kill shows how many kill points there are.
    """

    def __init__(self, survive: int | None = None) -> None:
        self.steps = 0
        self._survive = survive
        self._lock = Lock()

    def watch(self, *clients: Any) -> None:
        """Step with every call of these boto3 clients."""
        for client in clients:
            client.meta.events.register("before-call", self._step)
            client.meta.events.register("after-call", self._step)

    def unwatch(self, *clients: Any) -> None:
        """Stop stepping with these clients."""
        for client in clients:
            client.meta.events.unregister("before-call", self._step)
            client.meta.events.unregister("after-call", self._step)

    def _step(self, **_: Any) -> None:
        with self._lock:
            self.steps += 1
            if self._survive is not None and self.steps > self._survive:
                raise Killed(f"at step {self.steps}")
