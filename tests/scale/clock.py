"""A virtual clock for the real code: threads whose waits take no time.

Each process is a thread, and only one of them runs at a time. A thread that waits (for a call, for its turn
on a processor, for another thread) gives the run to the one that wakes next, and the clock jumps there. So
hours of the deployed code, with its threads, are simulated in minutes, and a seed gives one run.
"""

import heapq
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from types import TracebackType
from typing import Any, Generic, TypeVar

T = TypeVar("T")

STACK_BYTES = 512 * 1024


class Stopped(BaseException):
    """The simulation is over: raised in each process that still waits."""


@dataclass(eq=False)
class Task:
    """What a process was started for, and the processes that wait for its end."""

    run: Callable[[], object]
    done: bool = False
    waiters: list["Process"] = field(default_factory=list)


class Process:
    """One thread of the simulation. `place` is where it runs, inherited by the threads that it starts."""

    def __init__(self, place: Any) -> None:
        self.place = place
        self.task = Task(lambda: None)
        self.wake = threading.Lock()
        self.wake.acquire()
        self.thread = threading.current_thread()


class Clock:
    """The time of the simulation, in seconds since the epoch, and its processes."""

    def __init__(self, start: float) -> None:
        self.now = start
        self.current = Process(None)  # the thread that made the clock
        self._heap: list[tuple[float, int, Process]] = []
        self._numbers = count()
        self.errors: list[Exception] = []
        """Of processes that failed: what they simulate did not happen."""
        self._idle: list[Process] = []
        self.processes: list[Process] = []
        self._stopping = False

    def time(self) -> float:
        """Stands in for time.time and time.monotonic."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Stands in for time.sleep."""
        me = self.current
        self.wake_later(me, max(0.0, seconds))
        self._leave(me)

    def wake_later(self, process: Process, seconds: float = 0.0) -> None:
        """Let a process that waits go on after `seconds`."""
        heapq.heappush(self._heap, (self.now + seconds, next(self._numbers), process))

    def wait(self) -> None:
        """Wait until another process calls `wake_later` for this one."""
        self._leave(self.current)

    def spawn(self, run: Callable[[], object], place: Any = None) -> Task:
        """Start a process, by default where the current one runs. `run` must not raise."""
        process = self._idle.pop() if self._idle else self._new_thread()
        process.place = self.current.place if place is None else place
        process.task = Task(run)
        self.wake_later(process)
        return process.task

    def join(self, tasks: Iterable[Task]) -> None:
        """Wait for the end of all tasks."""
        for task in tasks:
            if not task.done:
                task.waiters.append(self.current)
                self.wait()

    def close(self) -> None:
        """End all threads."""
        self._stopping = True
        for process in self.processes:
            with suppress(RuntimeError):  # it has ended, or was woken already
                process.wake.release()

    def _new_thread(self) -> Process:
        process = Process(None)
        self.processes.append(process)
        before = threading.stack_size(STACK_BYTES)
        process.thread = threading.Thread(target=self._work, args=(process,), daemon=True)
        process.thread.start()
        threading.stack_size(before)
        return process

    def _leave(self, me: Process) -> None:
        """Give the run to the process that wakes next; return when it is this one's turn."""
        if self._stopping:
            raise Stopped
        self.now, _, following = heapq.heappop(self._heap)
        if following is not me:
            self.current = following
            following.wake.release()
            me.wake.acquire()
            if self._stopping:
                raise Stopped

    def _work(self, me: Process) -> None:
        me.wake.acquire()
        with suppress(Stopped):
            while not self._stopping:
                try:
                    me.task.run()
                except Exception as error:  # noqa: BLE001 - the thread must give the run to another one
                    self.errors.append(error)
                me.task.done = True
                for waiter in me.task.waiters:
                    self.wake_later(waiter)
                self._idle.append(me)
                self._leave(me)


class Threads(Generic[T]):
    """Stands in for ThreadPoolExecutor, whose `map` is all that the code uses."""

    clock: Clock

    def __init__(self, max_workers: int) -> None:
        self._workers = max_workers

    def __enter__(self) -> "Threads[T]":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """All work was done in `map`."""

    def map(self, act: Callable[..., T], *items: Iterable[Any]) -> Iterator[T]:
        """The results in order; raises the error of the first that failed when its result is taken."""
        calls = list(zip(*items, strict=False))
        outcomes: list[tuple[T | None, Exception | None]] = [(None, None)] * len(calls)
        numbers = iter(range(len(calls)))

        def work() -> None:
            for number in numbers:
                try:
                    outcomes[number] = (act(*calls[number]), None)
                except Exception as error:  # noqa: BLE001 - raised where the result is taken
                    outcomes[number] = (None, error)

        self.clock.join([self.clock.spawn(work) for _ in range(min(self._workers, len(calls)))])
        return _results(outcomes)


def _results(outcomes: list[tuple[T | None, Exception | None]]) -> Iterator[T]:
    for result, error in outcomes:
        if error is not None:
            raise error
        yield result  # type: ignore[misc]  # None only where it is the result
