"""Verifies S3's presigned URLs of Signature Version 2, which boto3 makes unless Version 4 is requested.

See "Signing and authenticating REST requests (AWS signature version 2)" in the S3 User Guide.
"""

import base64
import hmac
from collections.abc import Mapping
from urllib.parse import parse_qsl

from infra.local.wire.errors import (
    IncompleteSignatureException,
    InvalidSignatureException,
    SignatureExpired,
    UnrecognizedClientException,
)
from infra.local.wire.signature import SignedRequest

SUBRESOURCES = frozenset(
    "accelerate acl cors delete lifecycle location logging notification "  # noqa: SIM905 - shorter than a list
    "partNumber policy "
    "replication requestPayment response-cache-control response-content-disposition "
    "response-content-encoding response-content-language response-content-type response-expires restore "
    "tagging torrent uploadId uploads versionId versioning versions website".split()
)
"""The query parameters that are signed."""


def is_presigned_v2(request: SignedRequest) -> bool:
    """Whether the query carries a signature of Version 2."""
    return {"AWSAccessKeyId", "Signature"} <= _query(request).keys()


def verify(request: SignedRequest, credentials: Mapping[str, str], now: float) -> None:
    """Raises an AuthenticationError unless a known key signed the URL and it is valid at `now` (epoch s)."""
    query = _query(request)
    secret = credentials.get(query["AWSAccessKeyId"])
    if secret is None:
        raise UnrecognizedClientException("The AWS Access Key Id you provided does not exist in our records.")
    if not query.get("Expires", "").isdecimal():
        raise IncompleteSignatureException("Query-string authentication requires Expires, in epoch seconds.")
    if now > int(query["Expires"]):
        raise SignatureExpired("Request has expired")
    digest = hmac.digest(secret.encode(), _text(request, query).encode(), "sha1")
    if not hmac.compare_digest(base64.b64encode(digest), query["Signature"].encode()):
        raise InvalidSignatureException(
            "The request signature we calculated does not match the signature you provided."
        )


def _text(request: SignedRequest, query: Mapping[str, str]) -> str:
    """The text that is signed. A header may have been moved into the query."""
    values = {key.lower(): value for key, value in query.items()}
    values |= {key.lower(): request.header(key) or "" for key, _ in request.headers}
    amazon_headers = [f"{key}:{value}" for key, value in sorted(values.items()) if key.startswith("x-amz-")]
    standard = [values.get(key, "") for key in ("content-md5", "content-type", "expires")]
    signed = [
        f"{key}={value}" if value else key for key, value in sorted(query.items()) if key in SUBRESOURCES
    ]
    resource = request.path + ("?" + "&".join(signed) if signed else "")
    return "\n".join([request.method, *standard, *amazon_headers, resource])


def _query(request: SignedRequest) -> dict[str, str]:
    return dict(parse_qsl(request.query, keep_blank_values=True))
