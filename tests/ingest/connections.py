"""How many connections the clients of a handler keep."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest


def connections(monkeypatch: pytest.MonkeyPatch, start: Callable[[], object]) -> dict[str, int]:
    """How many connections each client that `start` makes may keep, by service."""
    made: dict[str, int] = {}
    real: Callable[..., Any] = boto3.client

    def client(*args: Any, **values: Any) -> Any:
        new = real(*args, **values)
        made[new.meta.service_model.service_name] = new.meta.config.max_pool_connections
        return new

    monkeypatch.setattr(boto3, "client", client)
    start()
    return made
