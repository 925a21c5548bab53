"""A clock that skips waits: as soon as everything waits for time to pass, it does, at once.

It is the real clock plus what has been skipped, so nothing waits longer than by the real one. It covers event
loops and sleeping threads. While one of them works, while a call runs in an executor, while data waits in a
loop's socket, or while a camera's thread reads the network, time passes as it really does. So neither the
gateway nor our KVS service, each on a loop of its own, sees a timeout that it would not see otherwise.

Ask for the fixture `fake_clock` before the service's: loops that begin after it follow it.
"""

import asyncio
import select
import selectors
import sys
import threading
import time
from asyncio import events
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TypeVar, TypeVarTuple

import pytest

from ingest.gateway.timing.clock import Clock

_T = TypeVar("_T")
_Ts = TypeVarTuple("_Ts")
_MONOTONIC, _TIME, _SLEEP = time.monotonic, time.time, time.sleep
_READERS = ("camera-", "device-")
"""What the names of the gateway's own threads begin with."""
GRACE_SECONDS = 0.0002
"""Before a skip, for what is on its way between two sockets."""
CHECK_SECONDS = 0.02
"""Between two checks, for threads that end: they tell nobody."""


@dataclass(frozen=True)
class _Waiter:
    """A thread that waits until `deadline`, None for ever; `poll` tells whether its sockets have data."""

    deadline: float | None
    wake: Callable[[], object]
    has_data: Callable[[], bool] = lambda: False


def _is_over(waiter: _Waiter, now: float) -> bool:
    return waiter.deadline is not None and waiter.deadline <= now


class FakeClock:
    """`monotonic` and `time` in seconds. Its waits may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiters: dict[int, _Waiter] = {}
        self._loops: set[int] = set()
        self._calls = 0
        self.skipped = 0.0

    def monotonic(self) -> float:
        """Seconds from anywhere, never backwards."""
        return _MONOTONIC() + self.skipped

    def time(self) -> float:
        """Seconds since the epoch."""
        return _TIME() + self.skipped

    def clock(self) -> Clock:
        """What the gateway is given."""
        return Clock(self.monotonic, asyncio.sleep, self.wait, self.time)

    def sleep(self, seconds: float) -> None:
        """As `time.sleep`."""
        self.wait(threading.Event(), seconds)

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """As `event.wait(seconds)`."""
        deadline = self.monotonic() + seconds
        condition: threading.Condition = event._cond  # type: ignore[attr-defined]  # an Event has no other

        def wake() -> None:
            with condition:
                condition.notify_all()

        while not event.is_set() and deadline > self.monotonic():
            with self.waiting(_Waiter(deadline, wake)), condition:
                if not event.is_set() and (left := deadline - self.monotonic()) > 0:
                    condition.wait(min(left, CHECK_SECONDS))
        return event.is_set()

    def new_event_loop(self, *_: object) -> asyncio.AbstractEventLoop:
        """A loop that follows this clock."""
        return _Loop(self)

    @contextmanager
    def loop_runs(self) -> Iterator[None]:
        """Count this thread's loop."""
        thread = threading.get_ident()
        with self._lock:
            self._loops.add(thread)
        try:
            yield
        finally:
            with self._lock:
                self._loops.discard(thread)

    def call_begins(self) -> None:
        """Count a call in an executor."""
        with self._lock:
            self._calls += 1

    def call_ends(self, _: object) -> None:
        """Stop counting it."""
        with self._lock:
            self._calls -= 1

    @contextmanager
    def waiting(self, waiter: _Waiter) -> Iterator[bool]:
        """Whether it ends now, because all other threads wait, too."""
        thread = threading.get_ident()
        with self._lock:
            self._waiters[thread] = waiter
        try:
            yield self._skip(waiter)
        finally:
            with self._lock:
                del self._waiters[thread]

    def _skip(self, mine: _Waiter) -> bool:
        if len(self._loops) > 1 and self._all_wait():
            _SLEEP(GRACE_SECONDS)
        with self._lock:
            if self._all_wait():
                deadlines = [
                    waiter.deadline for waiter in self._waiters.values() if waiter.deadline is not None
                ]
                if deadlines:
                    self.skipped += max(0.0, min(deadlines) - self.monotonic())
            now = self.monotonic()
            over = [waiter for waiter in self._waiters.values() if _is_over(waiter, now)]
        for waiter in over:
            if waiter is not mine:
                waiter.wake()
        return mine in over

    def _all_wait(self) -> bool:
        waiters = dict(self._waiters)
        if self._calls or any(waiter.has_data() for waiter in waiters.values()):
            return False
        main = threading.main_thread()
        return all(
            thread.ident in waiters
            for thread in threading.enumerate()
            if thread is main or thread.ident in self._loops or thread.name.startswith(_READERS)
        )


class _Selector(selectors.EpollSelector):
    """Tells the clock when its loop waits."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self._clock = clock
        self.wake: Callable[[], object] = lambda: None

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        deadline = None if timeout is None else self._clock.monotonic() + timeout
        with self._clock.waiting(_Waiter(deadline, self.wake, self._has_data)) as is_over:
            return super().select(0 if is_over else min(CHECK_SECONDS, timeout or CHECK_SECONDS))

    def _has_data(self) -> bool:
        try:
            return bool(select.select([self.fileno()], [], [], 0)[0])
        except ValueError:  # closed
            return False


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self, clock: FakeClock) -> None:
        selector = _Selector(clock)
        super().__init__(selector)
        selector.wake = self._wake
        self._clock = clock

    def time(self) -> float:
        return self._clock.monotonic()

    def run_forever(self) -> None:
        with self._clock.loop_runs():
            super().run_forever()

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[*_Ts], _T], *args: *_Ts
    ) -> asyncio.Future[_T]:
        self._clock.call_begins()
        call = super().run_in_executor(executor, func, *args)
        call.add_done_callback(self._clock.call_ends)
        return call

    def _wake(self) -> None:
        with suppress(RuntimeError):  # it is closed
            self.call_soon_threadsafe(lambda: None)


_now: FakeClock | None = None


def _wait(event: threading.Event, seconds: float) -> bool:
    return _now.wait(event, seconds) if _now is not None else event.wait(seconds)


def _monotonic() -> float:
    return time.monotonic()


def _time() -> float:
    return time.time()


CLOCK = Clock(_monotonic, asyncio.sleep, _wait, _time)
"""The fake clock where a test asks for it, else the real one."""


@pytest.fixture
def fake_clock(monkeypatch: pytest.MonkeyPatch) -> FakeClock:
    """Skips waits for the length of a test."""
    return installed(monkeypatch)


def installed(monkeypatch: pytest.MonkeyPatch) -> FakeClock:
    """Also what `time` says and what asyncio makes: for servers and libraries, which take no clock."""
    clock = FakeClock()
    monkeypatch.setattr(sys.modules[__name__], "_now", clock)
    monkeypatch.setattr(time, "monotonic", clock.monotonic)
    monkeypatch.setattr(time, "time", clock.time)
    monkeypatch.setattr(time, "sleep", clock.sleep)
    monkeypatch.setattr(events, "new_event_loop", clock.new_event_loop)
    monkeypatch.setattr(asyncio, "SelectorEventLoop", clock.new_event_loop)
    return clock
