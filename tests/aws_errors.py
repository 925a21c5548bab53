"""AWS errors whose texts quote a session token, and calls of boto3 that end in them."""

import json
import traceback
from collections.abc import Callable, Collection
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError, HTTPClientError
from botocore.parsers import ResponseParserError

QUOTED_TOKEN = "IQoJb3JpZ2luX2VjEPj//quoted+TOKEN=="
_QUOTE = f"The Canonical String should have been 'x-amz-security-token:{QUOTED_TOKEN}'"

CODES = (
    "InvalidSignatureException",
    "AccessDeniedException",
    "ValidationException",
    "InvalidArgumentException",
)

Failing = Callable[[str], Exception]


def refused(code: str) -> Failing:
    """A service's error of that code for any operation."""
    return lambda operation: ClientError({"Error": {"Code": code, "Message": _QUOTE}}, operation)


FAILURES: dict[str, Failing] = {
    **{code: refused(code) for code in CODES},
    "HTTPClientError": lambda _: HTTPClientError(error=ValueError(f"Invalid header value b'{QUOTED_TOKEN}'")),
    "ResponseParserError": lambda _: ResponseParserError(f"invalid XML received: {_QUOTE}"),
}


def fail_calls(monkeypatch: pytest.MonkeyPatch, services: Collection[str], failing: Failing) -> list[str]:
    """Make each call of these services fail from now on; returns the operations that did, as they do."""
    real, failed = BaseClient._make_api_call, list[str]()  # type: ignore[attr-defined] # botocore's own seam

    def call(client: Any, operation: str, arguments: Any) -> Any:
        if client.meta.service_model.service_name not in services:
            return real(client, operation, arguments)
        failed.append(operation)
        raise failing(operation)

    monkeypatch.setattr(BaseClient, "_make_api_call", call)
    return failed


def text_of(error: BaseException) -> str:
    """All that a runtime can print of an exception: its traceback with those behind it."""
    return "".join(traceback.format_exception(error))


def output_of(handle: Any, event: Any, context: Any, capsys: pytest.CaptureFixture[str]) -> str:
    """All output of a function's invocation: its answer or its exception, and what it printed."""
    try:
        said = json.dumps(handle(event, context))
    except Exception as error:  # noqa: BLE001 - whatever it is, Lambda logs it
        said = text_of(error)
    output = capsys.readouterr()
    return said + output.out + output.err


def assert_hidden(*texts: str) -> None:
    """No text quotes the token."""
    for text in texts:
        assert QUOTED_TOKEN not in text, text
        assert "quoted+TOKEN" not in text, text
