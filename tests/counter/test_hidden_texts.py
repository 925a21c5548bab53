"""Guarantee 6 at the edge of the counter's two functions: they show no text of an AWS error."""

from collections.abc import Iterator

import pytest

from tests.aws_errors import FAILURES, assert_hidden, fail_calls, output_of
from tests.counter.invocation import Context, closing_function, counter, sqs_event
from tests.counter.world import Cloud, World, at, camera, event, new_cloud


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    """In moto alone: the calls under test fail before they reach a DynamoDB."""
    with new_cloud() as cloud:
        yield cloud


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
