"""What the unit may say about an AWS failure: operation and error code alone.

The texts of AWS errors are never logged, sent or shown, because they can quote what the unit sent. An
InvalidSignatureException, for example, quotes the request's headers with the session token in them, and
botocore's HTTPClientError quotes the header that it could not send.
"""

from __future__ import annotations

import logging
import re
from typing import Union

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

AWS_FAILURES = (ClientError, BotoCoreError, ResponseParserError)
"""A refusal by the service, no answer from it, or an answer that is not AWS's."""
AwsError = Union[ClientError, BotoCoreError, ResponseParserError]

_CODE = re.compile(r"[A-Za-z][\w.:-]{0,99}")


def code_of(error: ClientError) -> str:
    """AWS's error code, for example `AccessDenied`; `Unknown` if the answer has none."""
    code = str(error.response.get("Error", {}).get("Code", ""))
    return code if _CODE.fullmatch(code) else "Unknown"


def name_of(error: Exception) -> str:
    """`PutObject: AccessDenied`; the class name of any error that is not a ClientError."""
    if isinstance(error, ClientError):
        return f"{error.operation_name}: {code_of(error)}"
    return type(error).__name__


def silence_botocore() -> None:
    """Keep botocore's own log records out of the log: a failed refresh of credentials quotes its error."""
    logging.getLogger("botocore").setLevel(logging.CRITICAL + 1)
