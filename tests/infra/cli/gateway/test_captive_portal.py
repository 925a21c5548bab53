"""A captive portal answers each call with status 200 and a page, which here quotes the request's headers."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import boto3
import pytest
from botocore.credentials import Credentials
from botocore.parsers import ResponseParserError

from ingest.aws.clients import client_config
from ingest.frames.bucket import FrameBucket
from ingest.frames.keys import FrameKey
from ingest.gateway.registry_reader import RegistryReader
from ingest.gateway.uplink.destination import Destination
from ingest.registry.table import CameraRegistry
from ingest.times import from_text
from tests.aws_errors import QUOTED_TOKEN, assert_hidden
from tests.infra.cli.conftest import Run

NOW = from_text("2026-11-22T13:05:00Z")
GATEWAY = """
store: shop
region: us-east-1
registry_table: cameras
frame_bucket: frames
cameras:
  till:
    url: http://127.0.0.1:1/
"""


class _Portal(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        page = f"<html>{self.headers}</html>".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    do_PUT = do_POST  # noqa: N815 - http.server's name

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@pytest.fixture(autouse=True)
def portal(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Portal) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("AWS_SESSION_TOKEN", QUOTED_TOKEN)
        yield
        server.shutdown()


def test_a_running_gateway_goes_on_without_the_registry(tmp_path: Path) -> None:
    registry = CameraRegistry(boto3.client("dynamodb", config=client_config()), "cameras")
    reading = RegistryReader(registry, ["till"], tmp_path / "cache").read()
    assert reading.unread == "what answers is not AWS: is there a proxy or a login page in between?"


def test_no_stream_is_found_and_no_frame_is_taken_for_delivered() -> None:
    kinesisvideo = boto3.client("kinesisvideo", config=client_config())
    destination = Destination(kinesisvideo, Credentials("key", "secret"), monotonic=lambda: 0.0)
    with pytest.raises(ResponseParserError):
        destination._look_up("door")
    bucket = FrameBucket(boto3.client("s3", config=client_config()), "frames")
    with pytest.raises(ResponseParserError):
        bucket.put(FrameKey("till", NOW, NOW), b"jpeg")


@pytest.mark.parametrize("command", ["check", "policy"])
def test_the_commands_say_so(run: Run, tmp_path: Path, command: str) -> None:
    path = tmp_path / "gateway.yaml"
    path.write_text(GATEWAY)
    result = run("gateway", command, "--config", str(path))
    assert result.exit_code == 1
    assert "the answer did not come from AWS: check AWS_ENDPOINT_URL and the proxy" in result.stderr
    assert_hidden(result.output, result.stderr)
