"""Execution environments: reused while idle, never shared by two events at the same time."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from infra.local.lambdas.environments import ExecutionEnvironments
from infra.local.lambdas.invocation import Handler


class Counted:
    """Starts environments that answer with their number, the event, and what they have seen before."""

    def __init__(self, beside: int = 1) -> None:
        self.started = 0
        self.barrier = Barrier(beside)

    def start(self) -> Handler:
        number, seen = self.started, []
        self.started += 1

        def handle(event: Any, _: object) -> tuple[int, list[Any]]:
            self.barrier.wait(30)
            if event == "broken":
                raise ValueError(event)
            if event == "killed":
                raise SystemExit
            seen.append(event)
            return number, list(seen)

        return handle


def test_one_environment_handles_event_after_event() -> None:
    counted = Counted()
    environments = ExecutionEnvironments(counted.start)
    assert counted.started == 1, "what cannot be started is known at once"
    assert environments("a", None) == (0, ["a"])
    assert environments("b", None) == (0, ["a", "b"])


def test_events_at_the_same_time_have_environments_of_their_own() -> None:
    counted = Counted(beside=3)
    environments = ExecutionEnvironments(counted.start)
    with ThreadPoolExecutor(3) as threads:
        answers = list(threads.map(lambda event: environments(event, None), "abc"))
        again = list(threads.map(lambda event: environments(event, None), "def"))
    assert sorted(number for number, _ in answers) == [0, 1, 2]
    assert sorted(number for number, _ in again) == [0, 1, 2]
    assert counted.started == 3


def test_an_environment_outlives_a_failed_event() -> None:
    counted = Counted()
    environments = ExecutionEnvironments(counted.start)
    with pytest.raises(ValueError, match="broken"):
        environments("broken", None)
    assert environments("a", None) == (0, ["a"])
    assert counted.started == 1


def test_an_environment_ends_with_its_process() -> None:
    counted = Counted()
    environments = ExecutionEnvironments(counted.start)
    assert environments("a", None) == (0, ["a"])
    with pytest.raises(SystemExit):
        environments("killed", None)
    assert environments("b", None) == (1, ["b"])
