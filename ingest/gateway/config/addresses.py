"""Addresses of cameras as a user writes them, and what is wrong with one. Pure."""

import re
from urllib.parse import urlsplit

KVS_SCHEMES = ("rtsp", "rtsps")
HTTP_SCHEMES = ("http", "https")

_HOST_AND_PORT = re.compile(r"[\w.-]+:\d{1,5}(/|$)")
_UNBRACED = re.compile(r"[/:]\$[A-Z][A-Z0-9_]*[:@]")
"""As a shell would have it, in the place of a user or a password."""
_WITHOUT_DOLLAR = re.compile(r"[/:]\{[A-Z][A-Z0-9_]*\}[:@]")
_LIKE = "write rtsp://HOST/PATH"
_KNOWN = ", ".join(f"{scheme}://" for scheme in (*KVS_SCHEMES, *HTTP_SCHEMES))


def mistake(url: str) -> str | None:
    """Why it is the address of no camera; None where nothing is wrong with it.

    A path is always one: whether there is a file shows when it is opened.
    """
    scheme, colon, rest = url.partition(":")
    if not colon or url.startswith("/"):
        return None
    if scheme in (*KVS_SCHEMES, *HTTP_SCHEMES):
        return _mistake_behind(scheme, rest)
    if _HOST_AND_PORT.match(url):
        return f"has no rtsp:// before it: {_LIKE}"
    return f"{scheme}:// is not known: give {_KNOWN} or a path" if rest.startswith("//") else None


def _mistake_behind(scheme: str, rest: str) -> str | None:
    if not rest.startswith("//"):
        return f"{scheme}: is not followed by //: {_LIKE}"
    if _UNBRACED.search(rest):  # not shown: it may be a password
        return "has a $NAME without braces, which is taken as it stands: write ${NAME}"
    if _WITHOUT_DOLLAR.search(rest):
        return "has a {NAME} without $, which is taken as it stands: write ${NAME}"
    try:
        parts = urlsplit(f"{scheme}:{rest}")
        host, _ = parts.hostname, parts.port
    except ValueError:
        return (  # without the part that is wrong: it may be one of a password
            f"is no address: {_LIKE} (a port is 1 to 65535, an IPv6 host stands in [ ]), and a password of"
            " other than letters and digits as ${NAME}"
        )
    return None if host else f"has no host: {_LIKE}"
