import asyncio
import socket
import threading
from pathlib import Path
from typing import Any

import aiohttp
import boto3
import pytest
from botocore.exceptions import ClientError

from infra.local.kvs.routes import routes
from infra.local.kvs.server import KvsServer
from infra.local.wire.listening import PortInUse
from ingest.errors import OccupancyError
from tests.infra.local.kvs.arbitrary_media import HEADER, START, fragment
from tests.infra.local.kvs.conftest import CREDENTIALS
from tests.infra.local.kvs.raw import RawPutMedia, said


def test_a_port_in_use_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(
            PortInUse, match=rf"^port {port} of 127\.0\.0\.1 cannot be used .*choose another$"
        ):
            KvsServer(CREDENTIALS, port=port).start()


def test_a_port_of_choice_also_right_after_another_run() -> None:
    with KvsServer(CREDENTIALS) as first:
        url = first.url
        boto3.client("kinesisvideo", endpoint_url=url).list_streams()
    with KvsServer(CREDENTIALS, port=int(url.rpartition(":")[2])) as second:
        assert second.url == url
        assert boto3.client("kinesisvideo", endpoint_url=url).list_streams()["StreamInfoList"] == []


def test_the_documentation_lists_every_api() -> None:
    text = Path(__file__).parents[4].joinpath("docs", "kvs-local.md").read_text()

    for path in routes("http://127.0.0.1"):
        operation = path[1].upper() + path[2:]
        assert operation in text


def test_no_address_before_the_start() -> None:
    with pytest.raises(OccupancyError, match="start it first"):
        _ = KvsServer(CREDENTIALS).url


def test_it_starts_and_stops_from_any_thread() -> None:
    server = KvsServer(CREDENTIALS)
    for step in (server.start, server.stop, server.stop):
        thread = threading.Thread(target=step)
        thread.start()
        thread.join()


def test_stop_ends_open_connections_and_deletes_the_media(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    threads = threading.active_count()
    with KvsServer(CREDENTIALS) as server:
        client = boto3.client("kinesisvideo", endpoint_url=server.url)
        client.create_stream(StreamName="entrance", DataRetentionInHours=1)
        connection = RawPutMedia(server.url)
        connection.read_head()
        acks = connection.acks()
        connection.send(HEADER + fragment(START) + fragment(START + 1000))
        assert said(acks, 4) == ["BUFFERING", "RECEIVED", "PERSISTED", "BUFFERING"]
        assert len(list(tmp_path.rglob("*"))) == 3
    with connection, pytest.raises((EOFError, ConnectionError)):
        next(acks)
    assert list(tmp_path.iterdir()) == []
    assert threading.active_count() == threads


def test_every_answer_has_a_request_id_and_an_unknown_path_is_no_operation() -> None:
    async def ask(url: str) -> tuple[int, str, bool]:
        async with aiohttp.ClientSession() as session, session.get(url + "/putMedia") as response:
            return (
                response.status,
                response.headers["x-amzn-ErrorType"],
                "x-amzn-RequestId" in response.headers,
            )

    with KvsServer(CREDENTIALS) as server:
        assert asyncio.run(ask(server.url)) == (404, "UnknownOperationException", True)


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_json_object(body: bytes) -> None:
    with KvsServer(CREDENTIALS) as server:
        client = boto3.client("kinesisvideo", endpoint_url=server.url)
        client.meta.events.register("before-call", lambda params, **_: params.update(body=body))
        with pytest.raises(ClientError, match=r"not (JSON|a JSON object)\.") as raised:
            client.list_streams()

    assert raised.value.response["Error"]["Code"] == "SerializationException"


@pytest.mark.parametrize(
    ("key", "secret", "code", "message"),
    [
        ("testing", "wrong", "InvalidSignatureException", "signature we calculated does not match"),
        (
            "nobody",
            "testing",
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
        ),
    ],
)
def test_boto3_sees_what_aws_answers(kvs: KvsServer, key: str, secret: str, code: str, message: str) -> None:
    client = boto3.client("kinesisvideo", aws_access_key_id=key, aws_secret_access_key=secret)

    with pytest.raises(ClientError, match=message) as raised:
        client.list_streams()

    error: Any = raised.value.response
    assert error["Error"]["Code"] == code
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 403
