"""What keeps the gateway from AWS, as one sentence with the way out. Pure."""

import re

import aiohttp
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ProxyConnectionError,
    ReadTimeoutError,
)

_CREDENTIALS = "see to the gateway's AWS credentials (docs/gateway.md)"
_RIGHTS = "see `occupancy gateway policy` for the rights that it needs"
_REGISTRY = "see registry_table in gateway.yaml"
_AWAY = (
    aiohttp.ClientConnectionError, ConnectionClosedError, ConnectionError, ConnectTimeoutError,
    EndpointConnectionError, ProxyConnectionError, ReadTimeoutError,
)  # fmt: skip
_CERTIFICATE = (aiohttp.ClientSSLError, aiohttp.ServerFingerprintMismatch)
_PATH = re.compile(r'(https?://[^/\s"]+)[^\s"]*')
_WAYS = {
    "ResourceNotFoundException": "`occupancy camera set CAMERA --create-stream` creates it",
    "NoSuchBucket": "see frame_bucket in gateway.yaml",
    **dict.fromkeys(
        (
            "ExpiredToken", "ExpiredTokenException", "InvalidAccessKeyId", "InvalidClientTokenId",
            "InvalidSignatureException", "SignatureDoesNotMatch", "UnrecognizedClientException",
        ),
        _CREDENTIALS,
    ),
    **dict.fromkeys(("AccessDenied", "AccessDeniedException", "NotAuthorizedException"), _RIGHTS),
}  # fmt: skip


def sentence(error: Exception) -> str:
    """The error's own words on one line, and what to see to where that is known."""
    words = " ".join(str(error).split()) or type(error).__name__
    if _is_away(error):
        words = _PATH.sub(r"\1", words)
    way = "see to the uplink" if _is_away(error) else _way(error, words)
    return f"{words.rstrip('.')}: {way}" if way else words


def waiting(error: Exception) -> str:
    """The same of something that could not be delivered."""
    return f"{sentence(error).rstrip('.')}; what comes waits in the spool"


def _is_away(error: Exception) -> bool:
    """Whether AWS was not reached at all, or left in between."""
    return isinstance(error, _AWAY) and not isinstance(error, _CERTIFICATE)


def _way(error: Exception, words: str) -> str | None:
    if not isinstance(error, ClientError):  # PutMedia's refusals have AWS's name in their words
        return next((way for name, way in _WAYS.items() if f" {name} " in words), None)
    code = error.response.get("Error", {}).get("Code", "")
    if (error.operation_name, code) == ("BatchGetItem", "ResourceNotFoundException"):
        return _REGISTRY
    return _WAYS.get(code)
