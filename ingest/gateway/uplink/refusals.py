"""Why the gateway does not get through to AWS, as one sentence that says what to do.

No text of an AWS error is quoted: it can hold the session token (`ingest.aws.failures`).
"""

import ssl
from urllib.parse import urlsplit

import aiohttp
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ProxyConnectionError,
    ReadTimeoutError,
)
from botocore.parsers import ResponseParserError

from ingest.aws.failures import DENIED, EXPIRED, WRONG_KEY, code_of, denial, name_of
from ingest.errors import OccupancyError

_CREDENTIALS = "check the gateway's AWS credentials (docs/gateway.md)"
_RIGHTS = "see `occupancy gateway policy` for the permissions it needs"
_REGISTRY = "see registry_table in gateway.yaml"
_AWAY = (
    aiohttp.ClientConnectionError, ConnectionClosedError, ConnectionError, ConnectTimeoutError,
    EndpointConnectionError, ProxyConnectionError, ReadTimeoutError,
)  # fmt: skip
_CERTIFICATE = (aiohttp.ClientSSLError, aiohttp.ServerFingerprintMismatch)
_WAYS = {
    "ResourceNotFoundException": "`occupancy camera set CAMERA --create-stream` creates it",
    "NoSuchBucket": "see frame_bucket in gateway.yaml",
    **dict.fromkeys(EXPIRED | WRONG_KEY, _CREDENTIALS),
    **dict.fromkeys(DENIED, _RIGHTS),
}


def sentence(error: Exception) -> str:
    """What failed, on one line, and what to do where that is known."""
    if _is_away(error):
        return f"{_away(error)}: check the uplink"
    words, way = _words(error), _way(error)
    return f"{words}: {way}" if way else words


def waiting(error: Exception) -> str:
    """The same sentence about something that could not be delivered."""
    return f"{sentence(error)}; new data waits in the spool"


def _is_away(error: Exception) -> bool:
    """Whether AWS was not reached at all, or the connection ended early."""
    return isinstance(error, _AWAY) and not isinstance(error, _CERTIFICATE)


def _away(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"no connection to {error.host}:{error.port}"
    if isinstance(error, BotoCoreError):
        url = urlsplit(str(error.kwargs.get("endpoint_url", "")))
        return f"no answer from {url.hostname or 'AWS'} ({name_of(error)})"
    return f"the connection to AWS broke ({name_of(error)})"


def _words(error: Exception) -> str:
    if isinstance(error, ClientError):
        denied = denial(error) if code_of(error) in DENIED else None
        return f"{name_of(error)} ({denied})" if str(denied or "") else name_of(error)
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        reason = error.certificate_error
        shown = reason.verify_message if isinstance(reason, ssl.SSLCertVerificationError) else name_of(reason)
        return f"{error.host}:{error.port} is not trusted to be AWS: {shown}"
    if isinstance(error, ResponseParserError):
        return "what answers is not AWS: is there a proxy or a login page in between?"
    if isinstance(error, OccupancyError):
        return str(error).rstrip(".")
    if isinstance(error, OSError) and error.strerror:  # a full disk; never text that AWS sent
        return error.strerror
    return name_of(error)


def _way(error: Exception) -> str | None:
    if not isinstance(error, ClientError):  # PutMedia's refusals have AWS's error code in their words
        return next((way for code, way in _WAYS.items() if f" {code} " in str(error)), None)
    code = code_of(error)
    if (error.operation_name, code) == ("BatchGetItem", "ResourceNotFoundException"):
        return _REGISTRY
    return _WAYS.get(code)
