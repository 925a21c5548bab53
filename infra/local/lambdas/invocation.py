"""One invocation, as Lambda makes it: a context with a deadline; a failure is returned as a value."""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as StillRunning
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Thread
from typing import Any

from infra.local.lambdas.context import LambdaContext
from infra.local.lambdas.functions import Function

Event = Mapping[str, Any]
Handler = Callable[[Any, Any], Any]


@dataclass(frozen=True)
class Failure:
    """A failed invocation: the function, the time, and the reason in one line."""

    function: str
    time: datetime
    reason: str

    def __str__(self) -> str:
        return f"{self.function}: {self.reason}"


@dataclass(frozen=True)
class Answer:
    """The outcome of an invocation: a result, or a failure."""

    result: Any = None
    failure: Failure | None = None


@dataclass(frozen=True)
class Invoker:
    """Invokes one function.

    Lambda stops a function that exceeds its time-out. A thread cannot be stopped: here it runs on, its result
    is ignored, and the failure is reported at the time-out.
    """

    function: Function
    handler: Handler
    report: Callable[[Failure], None]
    monotonic: Callable[[], float] = time.monotonic
    running: list[str] = field(default_factory=list)
    """The logical ids of the functions being invoked; the invokers of a runner share one list."""

    def invoke(self, event: Event) -> Answer:
        """Run the handler and wait for it, at most until the function's time-out; report a failure."""
        future: Future[Any] = Future()
        context = LambdaContext(
            function_name=self.function.name,
            invoked_function_arn=self.function.arn,
            memory_limit_in_mb=self.function.memory,
            deadline=self.monotonic() + self.function.timeout,
            monotonic=self.monotonic,
        )
        self.running.append(self.function.logical_id)
        # A daemon: a handler that hangs must not keep the process from ending.
        Thread(
            target=_run,
            args=(future, self.handler, event, context),
            name=self.function.logical_id,
            daemon=True,
        ).start()
        try:
            error = future.exception(self.function.timeout)
        except StillRunning:
            return self._failed(f"timed out after {self.function.timeout:g} s")
        finally:
            self.running.remove(self.function.logical_id)
        if error is not None:
            return self._failed(f"{type(error).__name__}: {error}")
        return Answer(future.result())

    def _failed(self, reason: str) -> Answer:
        failure = Failure(self.function.logical_id, datetime.now(UTC), reason)
        self.report(failure)
        return Answer(failure=failure)


def _run(future: Future[Any], handler: Handler, event: Event, context: LambdaContext) -> None:
    try:
        future.set_result(handler(event, context))
    except BaseException as error:  # noqa: BLE001 - as Lambda: whatever a handler raises fails its invocation
        future.set_exception(error)
