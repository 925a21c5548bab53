"""Addresses of cameras in a form that may be shown: without user, password and query. Pure."""

import re

_END_OF_HOST = re.compile(r"[/?#]")


def redacted(url: str) -> str:
    """Return the address without its possible secrets.

    An `@` after the host part may belong to a password that contains `/`, `?` or `#`: then only the scheme is
    shown.
    """
    scheme, found, rest = url.partition("://")
    if not found:
        return url if "@" not in url or url.startswith("/") else "***"
    end = _END_OF_HOST.search(rest)
    host, path = (rest[: end.start()], rest[end.start() :]) if end else (rest, "")
    if "@" in path:
        return f"{scheme}://***"
    return f"{scheme}://{host.rpartition('@')[2]}{re.split('[?#]', path, maxsplit=1)[0]}"
