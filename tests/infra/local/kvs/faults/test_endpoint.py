import json
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import boto3
import pytest
from botocore.exceptions import ClientError

from infra.local.kvs.server import KvsServer
from infra.local.kvs.service.fault import Fault, FaultKind


def call(kvs: KvsServer, method: str, body: bytes | None = None) -> tuple[int, Any]:
    try:
        with urlopen(Request(kvs.url + "/faults", body, method=method), timeout=10) as answer:  # noqa: S310 - http, here
            return answer.status, json.load(answer)
    except HTTPError as error:
        with error:
            return error.code, json.load(error)


def test_faults_are_added_told_of_and_taken_away(kvs: KvsServer) -> None:
    wanted = {"kind": "error", "api": "ListStreams", "error": "NotAuthorizedException"}

    assert call(kvs, "GET") == (200, {"faults": []})
    assert call(kvs, "POST", json.dumps(wanted).encode()) == (200, {"faults": [{**wanted, "struck": 0}]})
    with pytest.raises(ClientError, match="NotAuthorizedException"):
        boto3.client("kinesisvideo").list_streams()
    assert call(kvs, "GET") == (200, {"faults": [{**wanted, "struck": 1}]})
    assert kvs.faults.struck == {Fault(FaultKind.ERROR, api="ListStreams", error="NotAuthorizedException"): 1}
    assert call(kvs, "DELETE") == (200, {"faults": []})
    boto3.client("kinesisvideo").list_streams()


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"{", "the body is not JSON: a fault is an object with its kind and settings"),
        (b"\xff", "the body is not JSON: a fault is an object with its kind and settings"),
        (b'{"kind": "drop", "times": 0}', "times of a fault is 0: it must be at least 1"),
        (b'{"kind": "kaboom"}', "'kaboom' is not a kind of fault: write one of error, drop,"),
        (b'{"kind": "drop", "api": "Putmedia"}', "a fault drop cannot strike 'Putmedia': give CreateStream,"),
        (b"[" * 100_000, "the body is not JSON"),
    ],
)
def test_a_mistake_is_one_sentence_and_400(kvs: KvsServer, body: bytes, sentence: str) -> None:
    status, answer = call(kvs, "POST", body)

    assert status == 400
    assert answer["message"].startswith(sentence)
    assert kvs.faults.struck == {}


def test_other_methods_do_nothing(kvs: KvsServer) -> None:
    assert call(kvs, "PUT", b"{}") == (
        405,
        {"message": "PUT /faults is not supported: use GET, POST or DELETE"},
    )
