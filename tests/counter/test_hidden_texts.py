"""Guarantee 6 at the edge of the counter's two functions: they show no text of an AWS error."""

import pytest

from tests.aws_errors import FAILURES, assert_hidden, fail_calls, output_of
from tests.counter.invocation import Context, closing_function, counter, sqs_event
from tests.counter.world import World, at, camera, event


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("service", ["dynamodb", "s3", "rekognition"])
def test_the_counter(
    world: World,
    service: str,
    failure: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    world.add(camera())
    key = world.frame("till-1", at(5), {})
    failed = fail_calls(monkeypatch, {service}, FAILURES[failure])
    assert_hidden(output_of(counter(), sqs_event(event("m", key)), Context(), capsys))
    assert failed


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("service", ["dynamodb", "s3"])
def test_the_closing(
    world: World,
    service: str,
    failure: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    world.add(camera(since=at(0)))
    failed = fail_calls(monkeypatch, {service}, FAILURES[failure])
    assert_hidden(output_of(closing_function(), {"time": "2026-11-22T12:30:00Z"}, Context(), capsys))
    assert failed
