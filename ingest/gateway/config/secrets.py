"""Secrets in gateway.yaml: where they come from, and how they stay out of everything that is shown."""

import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from ingest.errors import OccupancyError
from ingest.gateway.config.redaction import redacted

PLACE = re.compile(r"\$\{([^}]*)\}")
"""`${NAME}`, `${file:PATH}` or `${secretsmanager:ID}`."""
_HOST_PART = re.compile(r"[a-z]+://(\$\{[^}]*\}|[^/?#])*")


class MissingSecret(OccupancyError):
    """A secret is not where the configuration says."""


@dataclass(frozen=True)
class Secrets:
    """The sources of secrets. `from_manager` reads AWS Secrets Manager; it raises MissingSecret."""

    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)
    from_manager: Callable[[str], str] | None = None

    def fill(self, text: str) -> tuple[str, str]:
        """Return (`text` with its secrets, `text` as it may be shown). Raises MissingSecret.

        Secrets are written without percent-encoding. In the host part of an address they are encoded here, so
        that no character of a password ends that part early.
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
        text = self.from_manager(secret_id)
        if not text or _is_json_object(text):
            content = "keys and values" if text else "no text"
            raise MissingSecret(
                f"secret {secret_id!r} of Secrets Manager contains {content}: store the secret alone, as"
                " plain text"
            )
        return text


def named_secrets(text: str) -> list[str]:
    """The IDs of Secrets Manager that `text` names."""
    places = (match[1].partition(":") for match in PLACE.finditer(text))
    return [rest for kind, _, rest in places if kind == "secretsmanager"]


def _from_file(path: str) -> str:
    try:
        text = Path(path).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, ValueError) as error:  # ValueError: not UTF-8, or a path with a zero byte
        why = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise MissingSecret(f"secret file {path!r} cannot be read: {why}") from error
    if not text:
        raise MissingSecret(f"secret file {path!r} is empty: write the secret into it")
    return text


def _is_json_object(text: str) -> bool:
    """Whether it is a JSON object, which Secrets Manager's console stores by default."""
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False
