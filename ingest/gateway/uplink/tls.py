"""Gateway -> AWS over TLS: trusts the system's authorities or those in AWS_CA_BUNDLE, as boto3 does."""

import ssl
from collections.abc import Callable

import aiohttp

from ingest.errors import OccupancyError


class WrongBundle(OccupancyError):
    """AWS_CA_BUNDLE names a file that cannot be used."""

    def __init__(self, path: str, error: OSError) -> None:
        super().__init__(
            f"AWS_CA_BUNDLE {path} cannot be used: {error.strerror or error}; correct or unset it"
        )


def session_factory(bundle: str | None) -> Callable[[], aiohttp.ClientSession]:
    """Return a factory of HTTP sessions that trust the PEM file `bundle`. Raises WrongBundle."""
    try:
        context = ssl.create_default_context(cafile=bundle)
    except OSError as error:
        raise WrongBundle(str(bundle), error) from error
    return lambda: aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context, limit=0))
