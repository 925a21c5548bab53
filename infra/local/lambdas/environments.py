"""A function's execution environments: as Lambda, each handles one event at a time.

What a function keeps between invocations, as the counter its share of the rate, is therefore never shared by
two that run at the same time. Source: "Understanding the Lambda execution environment lifecycle".
"""

from collections.abc import Callable
from threading import Lock
from typing import Any

from infra.local.lambdas.invocation import Handler

_STARTING = Lock()
"""A start replaces boto3's default session for a moment (`roles.confined`)."""


class ExecutionEnvironments:
    """Handles events in environments that `start` makes: one at once, more while all others are busy.

    An environment outlives an event that fails. It ends with one that ends its process: with what is raised
    beside exceptions, such as SystemExit.
    """

    def __init__(self, start: Callable[[], Handler]) -> None:
        self._start = start
        self._lock = Lock()
        self._idle: list[Handler] = [start()]

    def __call__(self, event: Any, context: Any) -> Any:
        """Handle an event in an idle environment, or in a new one if there is none."""
        with self._lock:
            handler = self._idle.pop() if self._idle else None
        if handler is None:
            with _STARTING:
                handler = self._start()
        try:
            answer = handler(event, context)
        except Exception:
            self._keep(handler)
            raise
        self._keep(handler)
        return answer

    def _keep(self, handler: Handler) -> None:
        with self._lock:
            self._idle.append(handler)
