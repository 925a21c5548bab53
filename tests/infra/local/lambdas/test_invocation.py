"""One invocation: handlers that return, raise or exceed their time-out."""

from collections.abc import Iterator
from threading import Event as Signal
from typing import Any

import pytest

from infra.local.lambdas.context import LambdaContext
from infra.local.lambdas.functions import Function
from infra.local.lambdas.invocation import Failure, Invoker
from tests.killing import Killed

ARN = "arn:aws:lambda:us-east-1:123456789012:function:f"


def _invoker(handler: Any, failures: list[Failure], timeout: float = 30.0) -> Invoker:
    function = Function("TheFunction", "f", ARN, "m.handler", timeout, 512, {})
    return Invoker(function, handler, failures.append, monotonic=lambda: 100.0)


def test_the_result_comes_back_and_the_context_tells_of_the_function() -> None:
    contexts: list[LambdaContext] = []

    def handler(event: dict[str, int], context: LambdaContext) -> int:
        contexts.append(context)
        return event["n"] + 1

    failures: list[Failure] = []
    invoker = _invoker(handler, failures)
    assert [invoker.invoke({"n": n}).result for n in (1, 2)] == [2, 3]
    first, second = contexts
    assert (first.function_name, first.memory_limit_in_mb, first.invoked_function_arn) == ("f", 512, ARN)
    assert first.get_remaining_time_in_millis() == 30_000
    assert first.aws_request_id != second.aws_request_id
    assert not failures


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit("no"), Killed("no")])
def test_whatever_a_handler_raises_is_a_failure_by_name(error: BaseException) -> None:
    def handler(event: object, context: object) -> None:
        raise error

    failures: list[Failure] = []
    answer = _invoker(handler, failures).invoke({})
    assert answer.failure == failures[0]
    assert str(failures[0]) == f"TheFunction: {type(error).__name__}: no"


@pytest.fixture
def released() -> Iterator[Signal]:
    signal = Signal()
    yield signal
    signal.set()


def test_a_handler_that_overruns_its_time_out_fails_and_its_result_is_ignored(released: Signal) -> None:
    def handler(event: object, context: object) -> str:
        released.wait()
        return "late"

    failures: list[Failure] = []
    answer = _invoker(handler, failures, timeout=0.01).invoke({})
    assert answer.result is None
    assert [failure.reason for failure in failures] == ["timed out after 0.01 s"]
