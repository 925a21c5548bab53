"""AWS Secrets Manager as a source of the secrets in gateway.yaml."""

from collections.abc import Callable
from typing import Any

from ingest.aws.failures import AWS_FAILURES, name_of
from ingest.gateway.config.secrets import MissingSecret


def secrets_manager(client: Any) -> Callable[[str], str]:
    """Return a function that reads a secret's text by ID or ARN, "" for a binary one.

    That function raises MissingSecret.
    """

    def read(secret_id: str) -> str:
        try:
            return str(client.get_secret_value(SecretId=secret_id).get("SecretString", ""))
        except AWS_FAILURES as error:
            raise MissingSecret(
                f"secret {secret_id!r} of Secrets Manager cannot be read: {name_of(error)}; see"
                " `occupancy gateway policy` for the permission it needs"
            ) from None

    return read
