"""What may be shown of an AWS failure: operation, error code, and facts of a fixed form.

The texts of AWS errors are never logged, shown or raised: they can quote what the caller sent. DynamoDB's
InvalidSignatureException, for example, quotes the request's headers with the session token in them, and
botocore's HTTPClientError quotes the header that it could not send.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from ingest.errors import OccupancyError

AWS_FAILURES = (ClientError, BotoCoreError, ResponseParserError)
"""A refusal by the service, no answer from it, or an answer that is not AWS's."""

AwsError = ClientError | BotoCoreError | ResponseParserError

EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
DENIED = frozenset(
    {"AccessDenied", "AccessDeniedException", "NotAuthorizedException", "UnauthorizedOperation"}
)
"""Error codes for a permission that the caller lacks."""
WRONG_KEY = frozenset(
    {
        "AuthFailure",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
"""Error codes for credentials that AWS does not know, or a signature that does not match."""

_CODE = re.compile(r"[A-Za-z][\w.:-]{0,99}")
_DENIED_ACTION = re.compile(r"not authorized to perform: ([a-z0-9-]{1,40}:[A-Za-z0-9]{1,60})\b")
_DENIED_RESOURCE = re.compile(r" on resource: (arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:\d*:[\w.*/:-]{1,200})")


def code_of(error: ClientError) -> str:
    """AWS's error code, for example `AccessDeniedException`; `Unknown` if the answer has none."""
    code = str(error.response.get("Error", {}).get("Code", ""))
    return code if _CODE.fullmatch(code) else "Unknown"


def name_of(error: Exception) -> str:
    """`DetectLabels: AccessDeniedException`; the class name of any error that is not a ClientError."""
    if isinstance(error, ClientError):
        return f"{error.operation_name}: {code_of(error)}"
    return type(error).__name__


def safe_text(error: Exception) -> str:
    """The sentence of one of our own errors; `name_of` of any other error."""
    return str(error) if isinstance(error, OccupancyError) else name_of(error)


def member(answer: Mapping[str, Any], name: str) -> Any:
    """A member that every answer of an operation has.

    Raises ResponseParserError where it is absent: botocore reads a page of a proxy or of a captive portal,
    which comes with status 200, as an answer without members.
    """
    if name not in answer:
        raise ResponseParserError(f"the answer has no {name}")
    return answer[name]


@dataclass(frozen=True)
class Denial:
    """Which IAM action was denied, and on which resource; None where AWS does not say."""

    action: str | None
    resource: str | None

    def __str__(self) -> str:
        return " on ".join(part for part in (self.action, self.resource) if part)


def denial(error: ClientError) -> Denial:
    """The facts of a denial, picked out of AWS's text by their form; the text itself may quote a token."""
    text = str(error.response.get("Error", {}).get("Message", ""))
    action, resource = _DENIED_ACTION.search(text), _DENIED_RESOURCE.search(text)
    return Denial(action[1] if action else None, resource[1] if resource else None)


class AwsFailed(OccupancyError):
    """An AWS failure ended the whole invocation."""

    def __init__(self, error: Exception) -> None:
        super().__init__(f"{name_of(error)}: this invocation ends here, the next one does what is left")
