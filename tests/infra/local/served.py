"""A local moto server that every boto3 client of the process finds."""

from collections.abc import Iterator
from contextlib import contextmanager

from infra.local.aws.moto import MotoServer
from infra.local.environment import environment

CREDENTIALS = {"testing": "testing"}
"""Those in every test's environment."""


@contextmanager
def moto_served() -> Iterator[MotoServer]:
    """Serve moto on 127.0.0.1 for every boto3 client made inside."""
    with MotoServer(CREDENTIALS) as server, environment({"AWS_ENDPOINT_URL": server.url}):
        yield server
