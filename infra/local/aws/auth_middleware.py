"""Checks the signature of each request before moto serves it: moto accepts any signature, AWS does not."""

import hashlib
import io
import posixpath
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote, unquote_to_bytes

from infra.local.aws import refusal
from infra.local.wire import signature_v2
from infra.local.wire.errors import (
    AuthenticationError,
    IncompleteSignatureException,
    MissingAuthenticationTokenException,
)
from infra.local.wire.signature import UNSIGNED, SignedRequest, Verifier, read_authorization

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

MOTO_API = "/moto-api/"
"""moto's own API, which AWS does not have. It needs no signature: only this machine can reach it."""
CLOCK_SKEW = {"s3": 900.0}
"""Seconds that S3 allows; other services allow five minutes."""
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class AuthMiddleware:
    """A WSGI middleware before `app`. `credentials` gives access key id -> secret."""

    app: "WSGIApplication"
    credentials: Callable[[], Mapping[str, str]]
    clock: Callable[[], float] = time.time

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Pass on a signed request; answer any other as AWS does."""
        if environ["PATH_INFO"].startswith(MOTO_API):
            return self.app(environ, start_response)
        request = _received(environ)
        try:
            verify(request, self.credentials(), self.clock())
        except AuthenticationError as error:
            refused = refuse(request, error)
            length = ("Content-Length", str(len(refused.body)))
            start_response(
                f"{refused.status} {HTTPStatus(refused.status).phrase}", [*refused.headers.items(), length]
            )
            return [] if request.method == "HEAD" else [refused.body]
        return self.app(environ, start_response)


def verify(request: SignedRequest, credentials: Mapping[str, str], now: float) -> None:
    """Verify a request for the service and region that its signature names. Raises an AuthenticationError."""
    if signature_v2.is_presigned_v2(request):
        signature_v2.verify(request, credentials, now)
        return
    scope = read_authorization(request).scope
    if scope.count("/") != 3:
        raise IncompleteSignatureException(
            f"Credential must have exactly 5 slash-delimited elements, not '{scope}'."
        )
    _, region, service, _ = scope.split("/")
    path = _s3_path(request.path) if service == "s3" else _path(request.path)
    Verifier(credentials, region, service, CLOCK_SKEW.get(service, 300.0)).verify(
        replace(request, path=path, payload_hashes=_payload_hashes(request, service)), now
    )


def refuse(request: SignedRequest, error: AuthenticationError) -> refusal.Refusal:
    """The response for `error`, in the protocol that `request` uses."""
    query = parse_qs(request.query)
    form = (request.header("content-type") or "").startswith(FORM) or "Action" in query
    protocol = refusal.protocol_of(_service(request), target=request.header("x-amz-target") or "", form=form)
    presigned = "Expires" in query or "X-Amz-Expires" in query
    return refusal.refusal(protocol, error, presigned=presigned)


def _service(request: SignedRequest) -> str | None:
    """The service that the signature names; None if it cannot be read."""
    try:
        parts = read_authorization(request).scope.split("/")
    except (MissingAuthenticationTokenException, IncompleteSignatureException):
        return None
    return parts[2] if len(parts) == 4 else None


def _received(environ: "WSGIEnvironment") -> SignedRequest:
    """The request as it arrived. Its body is read and put back: moto reads it into memory anyway."""
    chunked = environ.get("wsgi.input_terminated", False)
    stream = environ["wsgi.input"]
    body = stream.read() if chunked else stream.read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    path, _, query = environ["REQUEST_URI"].partition("?")
    # WSGI cannot tell x-amz-meta-a_b from x-amz-meta-a-b; moto's request handler keeps the original names.
    kept = environ.get("moto.preserved_header_names", {})
    headers = [
        (kept.get(key, key.removeprefix("HTTP_").replace("_", "-")), value)
        for key, value in environ.items()
        if key.startswith("HTTP_") or key in {"CONTENT_TYPE", "CONTENT_LENGTH"}
    ]
    return SignedRequest(environ["REQUEST_METHOD"], path, query, headers, [hashlib.sha256(body).hexdigest()])


def _payload_hashes(request: SignedRequest, service: str) -> list[str]:
    """The hash of the body. S3 also accepts a keyword in its place; signatures of chunks are not checked."""
    if service != "s3":
        return list(request.payload_hashes)
    declared = request.header("x-amz-content-sha256")
    if declared is None and request.header("authorization") is None:
        return [UNSIGNED]
    if declared is not None and (declared == UNSIGNED or declared.startswith("STREAMING-")):
        return [declared]
    return list(request.payload_hashes)


def _s3_path(path: str) -> str:
    """Encode once, whatever the client left unencoded; dots and slashes are parts of a key."""
    return quote(unquote_to_bytes(path), safe="/~")


def _path(path: str) -> str:
    """Encode a second time, without dot segments and repeated slashes."""
    normal = posixpath.normpath("/" + path.lstrip("/"))
    return quote(normal + "/" if path.endswith("/") and normal != "/" else normal, safe="/~")
