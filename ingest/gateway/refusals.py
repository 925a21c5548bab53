"""What AWS refused the gateway, as one sentence with the way out. Pure."""

from botocore.exceptions import ClientError

_CREDENTIALS = "see to the gateway's AWS credentials (docs/gateway.md); what comes waits in the spool"
_RIGHTS = "see `occupancy gateway policy` for the rights that it needs; what comes waits in the spool"
_REGISTRY = "see registry_table in gateway.yaml"
_WAYS = {
    "ResourceNotFoundException": "`occupancy camera set CAMERA --create-stream` creates it; what comes waits",
    "NoSuchBucket": "see frame_bucket in gateway.yaml; what comes waits in the spool",
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
    way = _way(error, words)
    return f"{words.rstrip('.')}: {way}" if way else words


def _way(error: Exception, words: str) -> str | None:
    if not isinstance(error, ClientError):  # PutMedia's refusals have AWS's name in their words
        return next((way for name, way in _WAYS.items() if f" {name} " in words), None)
    code = error.response.get("Error", {}).get("Code", "")
    if (error.operation_name, code) == ("BatchGetItem", "ResourceNotFoundException"):
        return _REGISTRY
    return _WAYS.get(code)
