"""Verifies Signature Version 4 from the request alone: the headers that SignedHeaders names, as they arrived.

Amazon's own producer signs a Host without its port and the hop-by-hop headers connection and
transfer-encoding, and it leaves its security token unsigned. So only host is required to be signed.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qsl, quote

from infra.local.wire.errors import (
    IncompleteSignatureException,
    InvalidSignatureException,
    MissingAuthenticationTokenException,
    SignatureExpired,
    UnrecognizedClientException,
)

ALGORITHM = "AWS4-HMAC-SHA256"
DATE_FORMAT = "%Y%m%dT%H%M%SZ"
EMPTY_HASH = hashlib.sha256(b"").hexdigest()
UNSIGNED = "UNSIGNED-PAYLOAD"
STREAMING = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
STREAMED_HASHES = (EMPTY_HASH, UNSIGNED, STREAMING)
"""What the known PutMedia clients sign in place of the body's hash; the body itself is never checked."""


@dataclass(frozen=True)
class SignedRequest:
    """What a signature covers. `query` is still encoded; `headers` keep their order and their repetitions."""

    method: str
    path: str
    query: str
    headers: Sequence[tuple[str, str]]
    payload_hashes: Sequence[str]
    """The signature may cover any of these; there is only one if the body is known."""

    def header(self, name: str) -> str | None:
        """The header's values joined by commas, white space collapsed; None without any."""
        values = [" ".join(value.split()) for key, value in self.headers if key.lower() == name.lower()]
        return ",".join(values) if values else None


@dataclass(frozen=True)
class Authorization:
    """The parts of an Authorization header, or of a presigned query."""

    access_key_id: str
    scope: str
    """`date/region/service/aws4_request`."""
    signed_headers: tuple[str, ...]
    signature: str
    date: str
    expires: int | None = None


@dataclass(frozen=True)
class Verifier:
    """Verifies signatures of known keys. `clock_skew` is the tolerance in seconds."""

    credentials: Mapping[str, str]
    region: str
    service: str = "kinesisvideo"
    clock_skew: float = 300.0

    def verify(self, request: SignedRequest, now: float) -> None:
        """Raises an AuthenticationError unless a known key signed `request` around `now` (epoch seconds)."""
        authorization = read_authorization(request)
        secret = self.credentials.get(authorization.access_key_id)
        if secret is None:
            raise UnrecognizedClientException("The security token included in the request is invalid.")
        self._check_scope(authorization)
        self._check_time(authorization, now)
        expected = (
            sign(secret, authorization, canonical_request(request, authorization, payload_hash))
            for payload_hash in request.payload_hashes
        )
        if not any(hmac.compare_digest(signature, authorization.signature) for signature in expected):
            raise InvalidSignatureException(
                "The request signature we calculated does not match the signature you provided. Check your "
                "AWS Secret Access Key and signing method. Consult the service documentation for details."
            )

    def _check_scope(self, authorization: Authorization) -> None:
        expected = f"{authorization.date[:8]}/{self.region}/{self.service}/aws4_request"
        if authorization.scope != expected:
            raise InvalidSignatureException(
                f"Credential should be scoped to {expected}, not to {authorization.scope}."
            )

    def _check_time(self, authorization: Authorization, now: float) -> None:
        try:
            signed = datetime.strptime(authorization.date, DATE_FORMAT).replace(tzinfo=UTC).timestamp()
        except ValueError:
            raise IncompleteSignatureException(
                f"Date must be in ISO-8601 'basic format'. Got '{authorization.date}'."
            ) from None
        lifetime = self.clock_skew if authorization.expires is None else authorization.expires
        if not signed - self.clock_skew <= now <= signed + lifetime:
            here = datetime.fromtimestamp(now, UTC).strftime(DATE_FORMAT)
            raise SignatureExpired(f"Signature expired: {authorization.date} is too far from {here}")


def read_authorization(request: SignedRequest) -> Authorization:
    """Read the header or, if presigned, the query. Raises an AuthenticationError."""
    header = request.header("authorization")
    if header is not None:
        return _from_header(header, request.header("x-amz-date") or "")
    query = dict(parse_qsl(request.query, keep_blank_values=True))
    if "X-Amz-Signature" in query:
        return _from_query(query)
    raise MissingAuthenticationTokenException("Missing Authentication Token")


def canonical_request(request: SignedRequest, authorization: Authorization, payload_hash: str) -> str:
    """The text that was hashed and signed. Raises InvalidSignatureException if a signed header is absent."""
    lines = [request.method, request.path, _canonical_query(request.query)]
    for name in authorization.signed_headers:
        value = request.header(name)
        if value is None:
            raise InvalidSignatureException(f"'{name}' is a signed header, but the request does not have it.")
        lines.append(f"{name}:{value}")
    return "\n".join([*lines, "", ";".join(authorization.signed_headers), payload_hash])


def sign(secret: str, authorization: Authorization, canonical: str) -> str:
    """The signature, in hexadecimal, that `secret` gives."""
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = f"{ALGORITHM}\n{authorization.date}\n{authorization.scope}\n{digest}"
    key = f"AWS4{secret}".encode()
    for part in authorization.scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()


def _from_header(header: str, date: str) -> Authorization:
    algorithm, _, rest = header.partition(" ")
    if algorithm != ALGORITHM:
        raise IncompleteSignatureException(f"Unsupported AWS 'algorithm': '{algorithm}'.")
    parts = dict(re.findall(r"(Credential|SignedHeaders|Signature)=([^,\s]+)", rest))
    missing = {"Credential", "SignedHeaders", "Signature"} - parts.keys()
    if missing or not date:
        names = ", ".join(sorted(missing)) or "'X-Amz-Date' header"
        raise IncompleteSignatureException(f"Authorization header requires {names}.")
    return _authorization(parts["Credential"], parts["SignedHeaders"], parts["Signature"], date)


def _from_query(query: Mapping[str, str]) -> Authorization:
    wanted = ("X-Amz-Credential", "X-Amz-SignedHeaders", "X-Amz-Signature", "X-Amz-Date", "X-Amz-Expires")
    missing = [name for name in wanted if name not in query]
    if missing or query.get("X-Amz-Algorithm") != ALGORITHM or not query["X-Amz-Expires"].isdecimal():
        raise IncompleteSignatureException(f"AWS query-string parameters must include {', '.join(wanted)}.")
    credential, headers, signature, date, expires = (query[name] for name in wanted)
    return _authorization(credential, headers, signature, date, int(expires))


def _authorization(
    credential: str, headers: str, signature: str, date: str, expires: int | None = None
) -> Authorization:
    access_key_id, _, scope = credential.partition("/")
    names = tuple(headers.split(";"))
    if "host" not in names:
        raise IncompleteSignatureException("'Host' must be a signed header.")
    return Authorization(access_key_id, scope, names, signature, date, expires)


def _canonical_query(query: str) -> str:
    pairs: Iterable[tuple[str, str]] = parse_qsl(query, keep_blank_values=True)
    encoded = sorted(
        (quote(name, safe="-_.~"), quote(value, safe="-_.~"))
        for name, value in pairs
        if name != "X-Amz-Signature"
    )
    return "&".join(f"{name}={value}" for name, value in encoded)
