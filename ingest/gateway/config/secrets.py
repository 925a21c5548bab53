"""Secrets in gateway.yaml: where they come from, and how they stay out of everything that is shown."""

import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ingest.aws.failures import AWS_FAILURES, name_of
from ingest.errors import OccupancyError
from ingest.gateway.config.redaction import redacted

PLACE = re.compile(r"\$\{([^}]*)\}")
"""`${NAME}`, `${file:PATH}` or `${secretsmanager:ID}`."""
_HOST_PART = re.compile(r"[a-z]+://(\$\{[^}]*\}|[^/?#])*")


class MissingSecret(OccupancyError):
    """A secret that is not where the configuration says."""


@dataclass(frozen=True)
class Secrets:
    """Where secrets are read. `from_manager` asks AWS Secrets Manager."""

    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)
    from_manager: Callable[[str], str] | None = None

    def fill(self, text: str) -> tuple[str, str]:
        """(`text` with its secrets, `text` as it may be shown). Raises MissingSecret.

        A secret is what it is: what would end an address's host part early is percent-encoded there.
        """
        host = _HOST_PART.match(text)
        end = host.end() if host else 0

        def filled(match: re.Match[str]) -> str:
            secret = self._secret(match[1])
            return quote(secret, safe=":") if match.start() < end else secret

        return PLACE.sub(filled, text), redacted(PLACE.sub("***", text))

    def _secret(self, name: str) -> str:
        kind, _, rest = name.partition(":")
        if kind == "file" and rest:
            return _from_file(rest)
        if kind == "secretsmanager" and rest:
            return self._managed(rest)
        if not (value := self.environ.get(name)):
            raise MissingSecret(f"environment variable {name!r} is not set: set it")
        return value

    def _managed(self, secret_id: str) -> str:
        if self.from_manager is None:
            raise MissingSecret(f"secret {secret_id!r} of Secrets Manager cannot be read here")
        try:
            text = self.from_manager(secret_id)
        except AWS_FAILURES as error:
            raise MissingSecret(
                f"secret {secret_id!r} of Secrets Manager cannot be read: {name_of(error)}; see"
                " `occupancy gateway policy` for the right it needs"
            ) from None
        if not text or _is_json_object(text):
            what = "keys and values" if text else "no text"
            raise MissingSecret(
                f"secret {secret_id!r} of Secrets Manager holds {what}: store it alone, as plain text"
            )
        return text


def secrets_manager(client: Any) -> Callable[[str], str]:
    """Reads secrets' texts by id or ARN; "" of a binary one."""
    return lambda secret_id: str(client.get_secret_value(SecretId=secret_id).get("SecretString", ""))


def named_secrets(text: str) -> list[str]:
    """The ids of Secrets Manager in `text`."""
    places = (match[1].partition(":") for match in PLACE.finditer(text))
    return [rest for kind, _, rest in places if kind == "secretsmanager"]


def _from_file(path: str) -> str:
    try:
        text = Path(path).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, ValueError) as error:  # ValueError: neither UTF-8, nor a path with a zero byte
        why = getattr(error, "strerror", None) or "it is no text"
        raise MissingSecret(f"secret file {path!r} cannot be read: {why}") from error
    if not text:
        raise MissingSecret(f"secret file {path!r} is empty: write the secret into it")
    return text


def _is_json_object(text: str) -> bool:
    """As Secrets Manager's console makes them, unless it is told otherwise."""
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False
