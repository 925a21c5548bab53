from dataclasses import replace
from datetime import UTC, datetime

import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from infra.local.wire.errors import (
    AuthenticationError,
    IncompleteSignatureException,
    InvalidSignatureException,
    MissingAuthenticationTokenException,
    UnrecognizedClientException,
)
from infra.local.wire.signature import EMPTY_HASH, SignedRequest, Verifier

URL = "http://127.0.0.1:8080/describeStream"
VERIFIER = Verifier({"AKID": "secret"}, "us-east-1")


def signed(
    region: str = "us-east-1", service: str = "kinesisvideo", key: str = "AKID", url: str = URL
) -> SignedRequest:
    request = AWSRequest("POST", url, headers={"host": "127.0.0.1:8080"}, data=b"")
    SigV4Auth(Credentials(key, "secret"), service, region).add_auth(request)
    _, _, query = url.partition("?")
    return SignedRequest("POST", "/describeStream", query, list(request.headers.items()), [EMPTY_HASH])


def signing_time(request: SignedRequest) -> float:
    return (
        datetime.strptime(request.header("x-amz-date") or "", "%Y%m%dT%H%M%SZ")
        .replace(tzinfo=UTC)
        .timestamp()
    )


def with_header(request: SignedRequest, name: str, value: str | None) -> SignedRequest:
    rest = [(key, text) for key, text in request.headers if key.lower() != name]
    return replace(request, headers=rest if value is None else [*rest, (name, value)])


def test_what_botocore_signs_is_accepted() -> None:
    request = signed()

    VERIFIER.verify(request, signing_time(request))


def test_a_query_is_signed_in_any_order() -> None:
    request = signed(url=URL + "?b=2&a=%2F%20x&X-Amz-Expires=60")

    VERIFIER.verify(replace(request, query="X-Amz-Expires=60&a=%2F%20x&b=2"), signing_time(request))
    with pytest.raises(InvalidSignatureException):
        VERIFIER.verify(replace(request, query="a=%2F%20x&b=3"), signing_time(request))


@pytest.mark.parametrize("skew", [-300, 0, 300])
def test_clocks_may_differ_by_five_minutes(skew: int) -> None:
    request = signed()

    VERIFIER.verify(request, signing_time(request) + skew)


@pytest.mark.parametrize("skew", [-301, 301])
def test_but_no_more(skew: int) -> None:
    request = signed()

    with pytest.raises(InvalidSignatureException, match="Signature expired"):
        VERIFIER.verify(request, signing_time(request) + skew)


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        (signed(region="eu-west-1"), InvalidSignatureException),
        (signed(service="kinesis"), InvalidSignatureException),
        (signed(key="AKID2"), UnrecognizedClientException),
        (replace(signed(), method="GET"), InvalidSignatureException),
        (replace(signed(), path="/deleteStream"), InvalidSignatureException),
        (replace(signed(), payload_hashes=["0" * 64]), InvalidSignatureException),
        (with_header(signed(), "host", "127.0.0.1"), InvalidSignatureException),
        (with_header(signed(), "host", None), InvalidSignatureException),
        (with_header(signed(), "authorization", None), MissingAuthenticationTokenException),
        (with_header(signed(), "authorization", "Basic dXNlcg=="), IncompleteSignatureException),
        (
            with_header(signed(), "authorization", "AWS4-HMAC-SHA256 Credential=AKID"),
            IncompleteSignatureException,
        ),
        (with_header(signed(), "x-amz-date", None), IncompleteSignatureException),
        (with_header(signed(), "x-amz-date", "today"), AuthenticationError),
    ],
)
def test_refusals(request_: SignedRequest, error: type[AuthenticationError]) -> None:
    with pytest.raises(error) as raised:
        VERIFIER.verify(request_, signing_time(signed()))

    assert raised.value.status == 403
    assert "secret" not in str(raised.value)


def test_a_presigned_query() -> None:
    request = AWSRequest("POST", URL, headers={"host": "127.0.0.1:8080"}, data=b"")
    SigV4QueryAuth(Credentials("AKID", "secret"), "kinesisvideo", "us-east-1", expires=600).add_auth(request)
    query = str(request.url).partition("?")[2]
    presigned = SignedRequest("POST", "/describeStream", query, [("Host", "127.0.0.1:8080")], [EMPTY_HASH])
    now = datetime.now(UTC).timestamp()

    VERIFIER.verify(presigned, now)
    VERIFIER.verify(presigned, now + 590)
    with pytest.raises(InvalidSignatureException):
        VERIFIER.verify(presigned, now + 700)
