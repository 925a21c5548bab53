"""The credential_process, run as boto3 runs it, against a provider that demands the unit's certificate."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import botocore.session
import pytest

from tests.deeplens.certificates import Certificates, certificates

SCRIPT = Path(__file__).parents[2] / "deeplens" / "credentials.py"
ANSWER = {
    "accessKeyId": "ASIALOCAL",
    "secretAccessKey": "local-secret",
    "sessionToken": "local-token",
    "expiration": "2099-11-22T15:00:00Z",
}


class Provider(BaseHTTPRequestHandler):
    """AWS IoT's credentials provider: one role alias, one thing."""

    def do_GET(self) -> None:
        known = self.path == "/role-aliases/unit-alias/credentials"
        known = known and self.headers["x-amzn-iot-thingname"] == "till-1"
        body = json.dumps({"credentials": ANSWER} if known else {"message": "Access Denied"}).encode()
        self.send_response(200 if known else 403)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nobody reads it."""


@contextmanager
def provider(pki: Certificates) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    server.socket = pki.demanding().wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def endpoint(pki: Certificates) -> Iterator[str]:
    with provider(pki) as endpoint:
        yield endpoint


@pytest.fixture
def settings(pki: Certificates, endpoint: str, tmp_path: Path) -> Path:
    return written(tmp_path, pki, endpoint=endpoint)


def written(folder: Path, pki: Certificates, **values: Any) -> Path:
    path = folder / "credentials.json"
    content = {
        "endpoint": "127.0.0.1:1", "role_alias": "unit-alias", "thing_name": "till-1", "ca": str(pki.ca),
        "certificate": str(pki.unit.certificate), "key": str(pki.unit.key),
    }  # fmt: skip
    path.write_text(json.dumps(content | values))
    return path


def run(*arguments: object) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(SCRIPT), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_what_it_prints(settings: Path) -> None:
    result = run(settings)
    assert (result.returncode, result.stderr) == (0, "")
    assert json.loads(result.stdout) == {
        "Version": 1,
        "AccessKeyId": "ASIALOCAL",
        "SecretAccessKey": "local-secret",
        "SessionToken": "local-token",
        "Expiration": "2099-11-22T15:00:00Z",
    }


def test_boto3_takes_it(settings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "aws-config"
    config.write_text(f"[default]\ncredential_process = {sys.executable} {SCRIPT} {settings}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    found = botocore.session.Session().get_credentials()
    assert found
    credentials = found.get_frozen_credentials()
    assert (credentials.access_key, credentials.secret_key) == ("ASIALOCAL", "local-secret")


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"role_alias": "other"}, "answers 403: does the certificate's policy allow 'other'"),
        ({"thing_name": "till-2"}, "is 'till-2' its thing?"),
        ({"endpoint": "127.0.0.1:1"}, "127.0.0.1:1 gives no credentials: "),
        ({"certificate": "/gone.pem"}, "gives no credentials: "),
        ({"role_alias": "", "key": ""}, "has no role_alias, key"),
        ({"ca": None}, "certificate verify failed"),
    ],
)
def test_a_mistake_is_one_sentence(
    pki: Certificates, endpoint: str, tmp_path: Path, values: dict[str, Any], sentence: str
) -> None:
    result = run(written(tmp_path, pki, **({"endpoint": endpoint} | values)))
    assert (result.returncode, result.stdout) == (1, "")
    assert sentence in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_file_that_is_not_there() -> None:
    assert "/gone.json cannot be read" in run("/gone.json").stderr
    assert run().stderr.startswith("usage: credentials.py FILE")


def test_a_provider_wants_the_units_certificate(pki: Certificates, endpoint: str, tmp_path: Path) -> None:
    """The test's provider verifies it: a certificate that another authority signed is rejected."""
    stranger = certificates(tmp_path).unit
    values = {"endpoint": endpoint, "certificate": str(stranger.certificate), "key": str(stranger.key)}
    result = run(written(tmp_path, pki, **values))
    assert (result.returncode, result.stdout) == (1, "")
