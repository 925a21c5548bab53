"""AWS's answers to unauthenticated requests: each protocol has its own codes, status, and XML or JSON."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from xml.sax.saxutils import escape

from infra.local.wire.errors import (
    AuthenticationError,
    IncompleteSignatureException,
    InvalidSignatureException,
    MissingAuthenticationTokenException,
    SignatureExpired,
    UnrecognizedClientException,
)


class Protocol(Enum):
    """The protocols of AWS's services, as botocore's service models name them."""

    S3 = auto()
    QUERY = auto()
    JSON = auto()
    REST_JSON = auto()


@dataclass(frozen=True)
class Refusal:
    """An HTTP response."""

    status: int
    headers: Mapping[str, str]
    body: bytes


S3_CODES: Mapping[type[AuthenticationError], tuple[str, int]] = {
    MissingAuthenticationTokenException: ("AccessDenied", 403),
    UnrecognizedClientException: ("InvalidAccessKeyId", 403),
    InvalidSignatureException: ("SignatureDoesNotMatch", 403),
    SignatureExpired: ("RequestTimeTooSkewed", 403),
    IncompleteSignatureException: ("AuthorizationHeaderMalformed", 400),
}
QUERY_CODES: Mapping[type[AuthenticationError], str] = {
    MissingAuthenticationTokenException: "MissingAuthenticationToken",
    UnrecognizedClientException: "InvalidClientTokenId",
    InvalidSignatureException: "SignatureDoesNotMatch",
    SignatureExpired: "SignatureDoesNotMatch",
    IncompleteSignatureException: "IncompleteSignature",
}


def protocol_of(service: str | None, *, target: str, form: bool) -> Protocol:
    """The protocol of a request. `service` is None if it is unsigned; `form`: it has an Action."""
    if target:
        return Protocol.JSON
    if form:
        return Protocol.QUERY
    return Protocol.S3 if service in {None, "s3"} else Protocol.REST_JSON


def refusal(protocol: Protocol, error: AuthenticationError, *, presigned: bool = False) -> Refusal:
    """The response for `error` in a protocol. S3 reports an expired presigned URL as AccessDenied."""
    request_id = str(uuid.uuid4())
    if protocol is Protocol.S3:
        code, status = S3_CODES[type(error)]
        if presigned and isinstance(error, SignatureExpired):
            code, error = "AccessDenied", SignatureExpired("Request has expired")
        return _xml(status, f"<Error>{_code(code, error)}<RequestId>{request_id}</RequestId></Error>")
    if protocol is Protocol.QUERY:
        inner = f"<Type>Sender</Type>{_code(QUERY_CODES[type(error)], error)}"
        return _xml(
            403,
            f"<ErrorResponse><Error>{inner}</Error><RequestId>{request_id}</RequestId></ErrorResponse>",
        )
    status = 400 if protocol is Protocol.JSON else 403
    headers = {
        "Content-Type": "application/x-amz-json-1.0" if protocol is Protocol.JSON else "application/json",
        "x-amzn-ErrorType": error.name,
        "x-amzn-RequestId": request_id,
    }
    return Refusal(status, headers, json.dumps({"__type": error.name, "message": str(error)}).encode())


def _code(code: str, error: AuthenticationError) -> str:
    return f"<Code>{code}</Code><Message>{escape(str(error))}</Message>"


def _xml(status: int, document: str) -> Refusal:
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n{document}'.encode()
    return Refusal(status, {"Content-Type": "application/xml"}, body)
