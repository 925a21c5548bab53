"""Addresses of cameras as they may be shown: without user, password and query. Pure."""

from urllib.parse import urlsplit


def redacted(url: str) -> str:
    """The address without what may be secret in it."""
    try:
        parts = urlsplit(url)
        if not parts.netloc:
            return url
        host = parts.netloc.rpartition("@")[2]
        return parts._replace(netloc=host, query="", fragment="").geturl()
    except ValueError:
        return "an address that cannot be read"
