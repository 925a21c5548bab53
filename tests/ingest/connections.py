"""How many connections the clients of a handler keep."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest


def connections(monkeypatch: pytest.MonkeyPatch, start: Callable[[], object]) -> dict[str, int]:
    """How many connections each client that `start` makes may keep, by service."""
    made: dict[str, int] = {}
    real: Callable[..., Any] = boto3.Session.client

    def client(session: boto3.Session, *args: Any, **values: Any) -> Any:
        new = real(session, *args, **values)
        made[new.meta.service_model.service_name] = new.meta.config.max_pool_connections
        return new

    monkeypatch.setattr(boto3.Session, "client", client)
    start()
    return made
