"""The edge of each Lambda function: starts it once, and reduces AWS failures to operation and code."""

import os
from collections.abc import Callable, Mapping
from functools import cache, wraps
from typing import TYPE_CHECKING, Any

from ingest.aws.failures import AWS_FAILURES, AwsFailed
from ingest.aws.log import silence_botocore

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

Event = dict[str, Any]
Handler = Callable[[Event, "LambdaContext"], dict[str, Any]]
Start = Callable[[Mapping[str, str]], Handler]
"""Builds settings and clients from the environment, once, and returns the handler that uses them."""


def failing_by_name(handle: Handler) -> Handler:
    """Turn an AWS failure that ends the invocation into AwsFailed: Lambda logs the text of raised errors."""

    @wraps(handle)
    def failing(event: Event, context: "LambdaContext") -> dict[str, Any]:
        try:
            return handle(event, context)
        except AWS_FAILURES as error:
            raise AwsFailed(error) from None

    return failing


def started_once(start: Start) -> Handler:
    """What Lambda calls: the first event in a process starts the function, with the process's environment."""
    started = cache(lambda: start(os.environ))
    silence_botocore()

    def handler(event: Event, context: "LambdaContext") -> dict[str, Any]:
        return started()(event, context)

    return handler
