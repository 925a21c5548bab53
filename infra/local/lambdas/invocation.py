"""One invocation as Lambda makes it: a context with a deadline, and whatever goes wrong as a value."""

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
    """An invocation that failed: of which function, when, and why in one line."""

    function: str
    time: datetime
    reason: str

    def __str__(self) -> str:
        return f"{self.function}: {self.reason}"


@dataclass(frozen=True)
class Answer:
    """What an invocation came to: a result, or a failure."""

    result: Any = None
    failure: Failure | None = None


@dataclass(frozen=True)
class Invoker:
    """Invokes one function. Lambda stops a function that overruns its time-out; a thread cannot be stopped,

    so here it runs on, its result ignored, and its failure is reported at the time-out.
    """

    function: Function
    handler: Handler
    report: Callable[[Failure], None]
    monotonic: Callable[[], float] = time.monotonic
    running: list[str] = field(default_factory=list)
    """The function's name for as long as an invocation is waited for; a runner shares one list."""

    def invoke(self, event: Event) -> Answer:
        """Run the handler and wait for it, at most for the function's time-out; a failure is reported."""
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
