"""The HTTP connection below the APIs, as different clients use it."""

import json
import socket
from urllib.parse import urlsplit

import boto3
import pytest

from infra.local.kvs.server import KvsServer
from tests.infra.local.kvs.raw import RawCall

BODY = json.dumps({"StreamName": "entrance"}).encode()
CLOSE = {"connection": "close"}


@pytest.fixture(autouse=True)
def _stream(kvs: KvsServer) -> None:
    boto3.client("kinesisvideo").create_stream(StreamName="entrance")


def test_an_offer_of_http_2_is_passed_over(kvs: KvsServer) -> None:
    offer = {"connection": "close, Upgrade, HTTP2-Settings", "upgrade": "h2c", "http2-settings": "AAMAAABk"}
    with RawCall(kvs.url, "/describeStream", BODY, offer) as call:
        head, _, answer = call.read().partition(b"\r\n\r\n")

    assert head.startswith(b"HTTP/1.1 200 ")
    assert b"upgrade" not in head.lower()
    assert json.loads(answer)["StreamInfo"]["StreamName"] == "entrance"


def test_the_preface_of_http_2_is_no_request(kvs: KvsServer) -> None:
    address = urlsplit(kvs.url)
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.")


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Host": "127.0.0.1"}, id="Host without its port"),
        pytest.param({"Host": "kinesisvideo.us-east-1.amazonaws.com"}, id="AWS's Host"),
        pytest.param({"X-AMZN-TRACE-ID": "Root=1-2-3"}, id="a name in capitals"),
        pytest.param({"te": "trailers", "keep-alive": "timeout=5"}, id="other hop-by-hop headers, signed"),
        pytest.param({"accept-encoding": "gzip, deflate, br"}, id="compression offered"),
    ],
)
def test_headers_as_clients_send_them(kvs: KvsServer, headers: dict[str, str]) -> None:
    with RawCall(kvs.url, "/describeStream", BODY, {**CLOSE, **headers}) as call:
        head, _, answer = call.read().partition(b"\r\n\r\n")

    assert head.startswith(b"HTTP/1.1 200 ")
    assert json.loads(answer)["StreamInfo"]["StreamName"] == "entrance"


@pytest.mark.parametrize(
    ("path", "status", "name"),
    [
        ("/describeStream", 404, b"ResourceNotFoundException"),
        ("/describestream", 404, b"UnknownOperationException"),
    ],
)
def test_both_spellings_of_the_error_type_and_a_request_id(
    kvs: KvsServer, path: str, status: int, name: bytes
) -> None:
    with RawCall(kvs.url, path, b'{"StreamName": "exit"}', CLOSE) as call:
        head = call.read().partition(b"\r\n\r\n")[0]

    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert b"\r\nx-amzn-ErrorType: " + name + b"\r\n" in head
    assert b"\r\nx-amz-ErrorType: " + name + b"\r\n" in head
    assert b"\r\nx-amzn-RequestId: " in head


def test_expect_100_of_a_control_call(kvs: KvsServer) -> None:
    with RawCall(kvs.url, "/describeStream", BODY, {**CLOSE, "Expect": "100-continue"}) as call:
        first, _, rest = call.read().partition(b"\r\n\r\n")

    assert first == b"HTTP/1.1 100 Continue"
    assert rest.startswith(b"HTTP/1.1 200 ")
