from typing import Any

import pytest
from botocore.exceptions import ClientError, NoCredentialsError
from botocore.parsers import ResponseParserError

from ingest.aws.failures import AwsFailed
from ingest.aws.handlers import failing_by_name, started_once

CONTEXT: Any = None


def test_a_function_is_started_by_its_first_event(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[str] = []

    def start(environ: Any) -> Any:
        started.append(environ["CAMERA_TABLE"])
        return lambda event, _: event

    handler = started_once(start)
    assert started == []
    monkeypatch.setenv("CAMERA_TABLE", "cameras")
    assert handler({"time": 1}, CONTEXT) == {"time": 1}
    monkeypatch.delenv("CAMERA_TABLE")
    assert handler({"time": 2}, CONTEXT) == {"time": 2}
    assert started == ["cameras"]


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (ClientError({"Error": {"Code": "Denied", "Message": "a token"}}, "GetItem"), "GetItem: Denied"),
        (NoCredentialsError(), "NoCredentialsError"),
        (ResponseParserError("a token"), "ResponseParserError"),
    ],
)
def test_an_aws_failure_ends_an_invocation_by_its_name(error: Exception, name: str) -> None:
    def handle(event: Any, _: Any) -> Any:
        raise error

    with pytest.raises(AwsFailed, match=f"^{name}: this invocation ends here") as caught:
        failing_by_name(handle)({}, CONTEXT)
    assert caught.value.__cause__ is None


def test_other_errors_pass() -> None:
    def handle(event: Any, _: Any) -> Any:
        raise KeyError("time")

    with pytest.raises(KeyError):
        failing_by_name(handle)({}, CONTEXT)
