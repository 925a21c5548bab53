"""What AWS failures are called in logs: by operation and code alone.

Their texts are not for logs: DynamoDB's InvalidSignatureException, for one, quotes the session token.
"""

from botocore.exceptions import BotoCoreError, ClientError

from ingest.errors import OccupancyError

AWS_FAILURES = (ClientError, BotoCoreError)
"""A refusal by the service, or no answer from it."""


def name_of(error: Exception) -> str:
    """`DetectLabels: AccessDeniedException`, or the name of the error's class."""
    if isinstance(error, ClientError):
        return f"{error.operation_name}: {error.response['Error']['Code']}"
    return type(error).__name__


class AwsFailed(OccupancyError):
    """Nothing could be done: the invocation fails as a whole and comes again."""

    def __init__(self, error: Exception) -> None:
        super().__init__(f"{name_of(error)}: nothing was changed, all of it comes again")
