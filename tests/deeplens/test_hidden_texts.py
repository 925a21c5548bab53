"""The texts of AWS errors can quote the session token: they reach no log, no status and no terminal."""

import http.client
import json
import logging
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.credentials import RefreshableCredentials
from botocore.exceptions import ClientError, HTTPClientError
from botocore.parsers import ResponseParserError

from deeplens import credentials
from deeplens.common.failures import code_of, name_of, silence_botocore
from deeplens.common.status_log import StatusLog
from deeplens.registry import Registry
from deeplens.spool import Spool
from deeplens.status import Reporter, to_log
from deeplens.upload import Uploader, s3_client
from tests.deeplens.unit import SETTINGS, START, jpeg

TOKEN = "IQoJb3JpZ2luX2VjEXAMPLETOKEN"
QUOTED = f"The Canonical String should have been 'x-amz-security-token:{TOKEN}'"


def client_error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": QUOTED}}, "PutObject")


ERRORS = [
    pytest.param(client_error("InvalidSignatureException"), id="the text"),
    pytest.param(client_error(QUOTED), id="a text in the place of the code"),
    pytest.param(HTTPClientError(error=f"Invalid header value {TOKEN!r}"), id="the header that was not sent"),
    pytest.param(
        ResponseParserError(f"Unable to parse response: {QUOTED}"), id="an answer that is not AWS's"
    ),
]


@pytest.fixture(autouse=True)
def everything_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    caplog.set_level(logging.INFO, "deeplens")


def raising(error: Exception) -> Callable[..., Any]:
    def act(**_: Any) -> None:
        raise error

    return act


def reported(status_log: StatusLog) -> str:
    """All that the unit reports: the status message, sent and logged, and the status log."""
    messages: list[str] = []

    def publish(message: str) -> bool:
        messages.append(message)
        return to_log(message)

    Reporter("till-1", status_log, publish).step(START, waiting=1)
    return "\n".join([*messages, *status_log.problems.values(), status_log.last_error])


@pytest.mark.parametrize("error", ERRORS)
def test_of_an_upload(error: Exception, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    status_log = StatusLog()
    spool = Spool(tmp_path, 10**6, status_log)
    spool.put("20261123T124500000Z_20261123T124500000Z.jpg", jpeg())
    s3 = s3_client()
    s3.meta.events.register("before-call.s3.PutObject", raising(error))
    assert Uploader(s3, SETTINGS, spool, status_log, Random(1)).step(START) > 0
    assert list(status_log.problems) == ["upload"]
    said = reported(status_log) + caplog.text
    assert "upload" in said
    assert TOKEN not in said


@pytest.mark.parametrize("error", ERRORS)
def test_of_the_registry(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    status_log = StatusLog()
    dynamodb = boto3.client("dynamodb")
    dynamodb.meta.events.register("before-call.dynamodb.GetItem", raising(error))
    Registry(dynamodb, "cameras", SETTINGS, status_log).compare()
    assert list(status_log.problems) == ["registry"]
    said = reported(status_log) + caplog.text
    assert "registry" in said
    assert TOKEN not in said


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(raising(http.client.BadStatusLine(QUOTED)), id="no HTTP"),
        pytest.param(lambda **_: SimpleNamespace(status=200, read=QUOTED.encode), id="no JSON"),
        pytest.param(
            lambda **_: SimpleNamespace(status=200, read=json.dumps({TOKEN: TOKEN}).encode),
            id="no credentials",
        ),
        pytest.param(
            lambda **_: SimpleNamespace(status=200, read=json.dumps({"credentials": TOKEN}).encode),
            id="another form",
        ),
        pytest.param(lambda **_: SimpleNamespace(status=403, read=QUOTED.encode), id="a refusal"),
    ],
)
def test_of_the_credentials(
    answer: Callable[..., Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    class Connection:
        def __init__(self, *_: object, **__: object) -> None: ...

        def request(self, *_: object, **__: object) -> None: ...

        def getresponse(self) -> Any:
            return answer()

        def close(self) -> None: ...

    context = SimpleNamespace(load_cert_chain=lambda *_: None)
    monkeypatch.setattr(http.client, "HTTPSConnection", Connection)
    monkeypatch.setattr("ssl.create_default_context", lambda **_: context)
    file = tmp_path / "credentials.json"
    file.write_text(json.dumps(dict.fromkeys(credentials.NEEDED, "x")))
    monkeypatch.setattr(sys, "argv", ["credentials.py", str(file)])
    with pytest.raises(SystemExit, match="1"):
        credentials.main()
    said = capsys.readouterr()
    assert len(said.err.splitlines()) == 1
    assert TOKEN not in said.out + said.err


def test_of_a_refresh_that_failed(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging.getLogger("botocore"), "level", logging.NOTSET)
    now = datetime.now(UTC)
    refreshable = RefreshableCredentials(
        "key", "secret", TOKEN, now + timedelta(minutes=1), raising(client_error("AccessDenied")), "custom"
    )
    silence_botocore()
    with pytest.raises(ClientError):
        refreshable.get_frozen_credentials()
    assert TOKEN not in caplog.text


def test_an_error_is_named_by_operation_and_code_alone() -> None:
    assert name_of(client_error("InvalidSignatureException")) == "PutObject: InvalidSignatureException"
    assert code_of(client_error(QUOTED)) == "Unknown"
    assert name_of(ResponseParserError(QUOTED)) == "ResponseParserError"
