"""Environment variables for the time of a `with`: how everything finds the local cloud."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import boto3


@contextmanager
def environment(values: Mapping[str, str], without: tuple[str, ...] = ()) -> Iterator[None]:
    """Set `values` and unset `without` in the process's environment; afterwards all is as before.

    boto3's default session remembers the credentials it once found, so it is dropped at both ends.
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
