"""A local moto server that the process's boto3 finds."""

from collections.abc import Iterator
from contextlib import contextmanager

from infra.local.aws.moto import MotoServer
from infra.local.environment import environment

CREDENTIALS = {"testing": "testing"}
"""Those that every test finds in its environment."""


@contextmanager
def moto_served() -> Iterator[MotoServer]:
    """Moto behind its own address, for every boto3 client made inside."""
    with MotoServer(CREDENTIALS) as server, environment({"AWS_ENDPOINT_URL": server.url}):
        yield server
