"""Lambda: environments with their processors, event source mappings of queues, the account's concurrency."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from infra.local.lambdas.context import LambdaContext
from tests.scale.calls import Processor
from tests.scale.clock import Clock
from tests.scale.queues import Message, Queue

INIT_SECONDS = 1.0
"""Of a new environment: imports and clients (docs/benchmarks.md, "Imports", on a smaller processor)."""
VCPU_MEMORY = 1769
"""MB at which a function has a whole vCPU ("Configure Lambda function memory")."""
FIRST_BATCHES, MORE_A_SECOND = 5, 5.0
"""Of an event source mapping: five batches at once, 300 more a minute ("Configuring scaling behavior for SQS
event source mappings")."""

Handler = Callable[[Any, Any], Any]


class Failed(Exception):
    """An invocation that raised an error or ran into its time-out."""


@dataclass
class Account:
    """The account's concurrent executions."""

    clock: Clock
    most: int = 1000
    running: int = 0
    peak: int = 0


@dataclass
class Function:
    """A function; `start` makes the handler of a new environment."""

    name: str
    account: Account
    memory: int
    timeout: float
    start: Callable[[], Handler]
    invocations: int = 0
    failures: list[str] = field(default_factory=list)
    busy: float = 0.0
    cpu: float = 0.0
    _idle: list[tuple[Processor, Handler]] = field(default_factory=list)

    def invoke(self, event: Mapping[str, Any]) -> Any:
        """The handler's answer. Raises Failed. Waits while the account's executions are used up."""
        account, clock = self.account, self.account.clock
        while account.running >= account.most:
            clock.sleep(1.0)
        account.running += 1
        account.peak = max(account.peak, account.running)
        self.invocations += 1
        begun = clock.now
        try:
            environment = self._idle.pop() if self._idle else self._new()
            answer = self._run(environment, event)
        except Failed as failure:
            self.failures.append(str(failure))
            raise
        finally:
            clock.current.place = None
            account.running -= 1
            self.busy += clock.now - begun
        self._idle.append(environment)
        return answer

    def _new(self) -> tuple[Processor, Handler]:
        self.account.clock.sleep(INIT_SECONDS)
        # Python code runs on one vCPU, however many a function has.
        return Processor(self.account.clock, min(1.0, self.memory / VCPU_MEMORY)), self.start()

    def _run(self, environment: tuple[Processor, Handler], event: Mapping[str, Any]) -> Any:
        clock = self.account.clock
        processor, handler = environment
        clock.current.place = processor
        used = processor.used
        context = LambdaContext(self.name, self.name, self.memory, clock.now + self.timeout, clock.time)
        try:
            answer = handler(event, context)
        except Exception as error:
            raise Failed(repr(error)) from error
        self.cpu += processor.used - used
        if context.get_remaining_time_in_millis() == 0:
            raise Failed("time-out")
        return answer


@dataclass
class EventSource:
    """An event source mapping: pollers that invoke the function with batches of the queue."""

    function: Function
    queue: Queue
    batch: int
    window: float
    concurrency: int
    enabled: Callable[[], bool] = lambda: True

    def start(self) -> None:
        """Start the pollers."""
        for number in range(self.concurrency):
            self.function.account.clock.spawn(partial(self._poll, number))

    def _poll(self, number: int) -> None:
        clock = self.function.account.clock
        while True:
            messages = self.queue.receive(self.batch, self.window) if self._active(number) else []
            if not messages:
                clock.sleep(1.0)
                continue
            self.queue.delete({str(message.number) for message in messages} - self._failed(messages))

    def _active(self, number: int) -> bool:
        """Whether so many pollers run: more are started while messages wait."""
        since = self.queue.busy_since
        busy = self.function.account.clock.now - since if since is not None else 0.0
        return self.enabled() and number < FIRST_BATCHES + busy * MORE_A_SECOND

    def _failed(self, messages: list[Message]) -> set[str]:
        try:
            answer = self.function.invoke({"Records": [message.record() for message in messages]})
        except Failed:
            return {str(message.number) for message in messages}
        return {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
