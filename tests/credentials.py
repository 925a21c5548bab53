"""Every credential that the gateway's tests use, and the forms it takes in an output."""

import html
import json
import re
from base64 import b64encode
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

USER = "vera-7"
PASSWORD = "ge/heim?&=#:@% +\"'\\$[]{}!~"
"""With every character that could end an address, a header or a line of YAML early."""
TOKEN = "zeichen-77"
"""For a path or a query, where the camera sets the form of the secret."""
OTHER_PASSWORD = "hemmelig-8"
"""A wrong password."""
AWS_KEY = "AKIAGATEWAYTEST"
AWS_SECRET = "wJalr/gate+way/SECRET=7"
AWS_TOKEN = "FwoGZX//gate+way/TOKEN=7"
AWS = (AWS_KEY, AWS_SECRET, AWS_TOKEN)

SECRETS = (
    USER, PASSWORD, TOKEN, OTHER_PASSWORD, AWS_SECRET, AWS_TOKEN,
    "local-secret",  # of the local cloud
)  # fmt: skip


def forms(secret: str) -> Iterator[str]:
    """The secret itself, and how addresses, headers, pages and Python write it."""
    yield secret
    yield from (quote(secret, safe=safe) for safe in ("", ":", "/", "/:"))
    yield quote_plus(secret)
    yield html.escape(secret)
    yield json.dumps(secret)[1:-1]
    yield repr(secret)[1:-1]
    yield b64encode(secret.encode()).decode().rstrip("=")
    yield b64encode(f"{USER}:{secret}".encode()).decode().rstrip("=")


_FORMS = sorted({form for secret in SECRETS for form in forms(secret)}, key=len, reverse=True)
_ANY = re.compile(b"|".join(re.escape(form.encode()) for form in _FORMS), re.IGNORECASE)


def leaked(said: bytes | str) -> str | None:
    """The first credential in the text, with a little context; None if there is none."""
    data = said.encode("utf-8", "replace") if isinstance(said, str) else said
    match = _ANY.search(data)
    if match is None:
        return None
    return data[max(0, match.start() - 80) : match.end() + 40].decode("utf-8", "replace")
