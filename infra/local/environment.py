"""Sets environment variables inside a `with`: this is how every client finds the local cloud."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import boto3


@contextmanager
def environment(values: Mapping[str, str], without: tuple[str, ...] = ()) -> Iterator[None]:
    """Set `values` and unset `without` in the environment of the process; restore both afterwards.

    boto3's default session caches the credentials that it found, so it is dropped before and after.
    """
    before = {name: os.environ.get(name) for name in (*values, *without)}
    for name in without:
        os.environ.pop(name, None)
    os.environ.update(values)
    boto3.DEFAULT_SESSION = None
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        boto3.DEFAULT_SESSION = None
