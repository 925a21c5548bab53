"""Runs the stack's functions as Lambda would: queues are polled, schedules tick, handlers run in-process.

The handlers are those that Lambda loads, with the environment that the template gives them.
"""

import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib import import_module
from threading import Event as Signal
from threading import Thread
from types import TracebackType
from typing import Self

import boto3
from botocore.config import Config

from infra.local.lambdas.environments import ExecutionEnvironments
from infra.local.lambdas.functions import Function, QueueSource, Schedule, functions, queue_sources, schedules
from infra.local.lambdas.invocation import Answer, Event, Failure, Handler, Invoker
from infra.local.lambdas.poller import LONG_POLL, QueuePoller
from infra.local.lambdas.roles import confined, role_of
from infra.local.lambdas.schedules import Timetable, every, parse, payload_at
from infra.local.stack.resources import ProvisionedStack
from ingest.errors import OccupancyError

CLOCK_INTERVAL = 0.05  # s between two checks of the clock
PATIENCE = 10.0  # s that the end waits for running invocations; a closing may take minutes


class NoHandler(OccupancyError):
    """The template names a handler that the source tree does not have."""


def started(stack: ProvisionedStack, function: Function) -> Handler:
    """The handler of a function, from its module's `start`, confined to its role. Raises NoHandler."""
    module_name, _, _ = function.handler.rpartition(".")
    try:
        module = import_module(module_name)
    except ModuleNotFoundError as error:
        raise NoHandler(
            f"{function.logical_id} has the handler {function.handler}, but there is no module {error.name}"
        ) from error
    handler: Handler = confined(role_of(stack, function), lambda: module.start(function.environment))
    return handler


@dataclass
class Runner:
    """Runs all functions of a stack inside a `with`; `failures` collects what went wrong.

    `tick` replaces the interval of the rate(...) schedules, so that a demo does not wait for minutes. The end
    waits for running invocations, at most `patience` s or until Ctrl-C, and reports that to `tell`.
    `unfinished` then names the functions that still run, in threads that cannot be stopped. `long_poll` is
    how long a receive waits for a message, in s.
    """

    stack: ProvisionedStack
    tick: timedelta | None = None
    start: Callable[[ProvisionedStack, Function], Handler] = started
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    failures: list[Failure] = field(default_factory=list)
    tell: Callable[[str], None] = lambda _: None
    patience: float = PATIENCE
    long_poll: int = LONG_POLL
    unfinished: tuple[str, ...] = ()
    _running: list[str] = field(default_factory=list)
    _stopping: Signal = field(default_factory=Signal)
    _ticks_ended: Signal = field(default_factory=Signal)
    _pollers: list[Thread] = field(default_factory=list)
    _tickers: list[Thread] = field(default_factory=list)
    _invokers: Mapping[str, Invoker] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self._invokers = invokers = self.invokers()
        # Whatever can raise comes before the first thread.
        timetables = [(schedule, self.timetable(schedule)) for schedule in schedules(self.stack)]
        for source in queue_sources(self.stack):
            self._start_poller(source, invokers[source.function])
        for schedule, timetable in timetables:
            arguments = (schedule, timetable, invokers[schedule.function])
            self._tickers.append(_running(schedule.name, self._tick, *arguments))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop_ticking()
        self._stopping.set()
        with suppress(KeyboardInterrupt):
            if running := self._names():
                self.tell(f"waiting for {' and '.join(running)} to end; Ctrl-C again ends at once")
            self._await_threads(time.monotonic() + self.patience)
        self.unfinished = self._names()
        if self.unfinished:
            self.tell(f"still running at the end: {', '.join(self.unfinished)}")

    def stop_ticking(self) -> None:
        """Stop the schedules; the queues are still polled."""
        self._ticks_ended.set()

    def invoke(self, logical_id: str, event: Event) -> Answer:
        """Invoke a function at once, inside the `with`, and wait for it. A failure is in `failures`, too."""
        (invoker,) = (known for known in self._invokers.values() if known.function.logical_id == logical_id)
        return invoker.invoke(event)

    @property
    def ticking(self) -> bool:
        """Whether a schedule may still start an invocation, or waits for one."""
        return any(thread.is_alive() for thread in self._tickers)

    def _await_threads(self, until: float) -> None:
        for thread in [*self._tickers, *self._pollers]:
            thread.join(max(0.0, until - time.monotonic()))

    def _names(self) -> tuple[str, ...]:
        return tuple(sorted(set(self._running)))

    def invokers(self) -> Mapping[str, Invoker]:
        """Start every function; by ARN. Raises NoHandler."""
        return {
            arn: Invoker(
                function,
                ExecutionEnvironments(partial(self.start, self.stack, function)),
                self.failures.append,
                running=self._running,
            )
            for arn, function in functions(self.stack).items()
        }

    def _start_poller(self, source: QueueSource, invoker: Invoker) -> None:
        sqs = boto3.client("sqs", region_name=self.stack.region, config=Config(max_pool_connections=50))
        poller = QueuePoller(
            sqs, source, self.stack.region, invoker, self._stopping, long_poll=self.long_poll
        )
        self._pollers.append(_running(f"{invoker.function.logical_id} poller", poller.run))

    def _tick(self, schedule: Schedule, timetable: Timetable, invoker: Invoker) -> None:
        while not self._ticks_ended.wait(CLOCK_INTERVAL):
            if scheduled := timetable.take(self.now()):
                invoker.invoke(json.loads(payload_at(schedule.payload, scheduled)))

    def timetable(self, schedule: Schedule) -> Timetable:
        """When a schedule fires from now on. Raises UnknownExpression."""
        next_after = parse(schedule.expression)
        if self.tick and schedule.expression.startswith("rate("):
            next_after = every(self.tick)
        return Timetable(next_after, next_after(self.now()))


def _running(name: str, target: Callable[..., None], *args: object) -> Thread:
    thread = Thread(target=target, args=args, name=name, daemon=True)
    thread.start()
    return thread
