"""Addresses of cameras as they may be shown: without user, password and query. Pure."""

import re

_END_OF_HOST = re.compile(r"[/?#]")


def redacted(url: str) -> str:
    """The address without what may be secret in it.

    An `@` behind the host's end may be that of a password with a `/`, `?` or `#` in it: then nothing of the
    address is shown.
    """
    scheme, found, rest = url.partition("://")
    if not found:
        return url if "@" not in url or url.startswith("/") else "***"
    end = _END_OF_HOST.search(rest)
    host, path = (rest[: end.start()], rest[end.start() :]) if end else (rest, "")
    if "@" in path:
        return f"{scheme}://***"
    return f"{scheme}://{host.rpartition('@')[2]}{re.split('[?#]', path, maxsplit=1)[0]}"
