"""One session and one client of each service for all tests of the folder, since creating them takes long."""

from functools import cache
from typing import Any

import boto3
import pytest

SESSION = boto3.Session


@cache
def shared_session(region_name: str | None = None) -> boto3.Session:
    session = SESSION(region_name=region_name)
    session.client = cache_by_service(session.client)  # type: ignore[method-assign]  # the same for each call
    return session


def cache_by_service(create: Any) -> Any:
    clients: dict[str, Any] = {}

    def client(service: str, **options: Any) -> Any:
        if service not in clients:
            clients[service] = create(service, **options)
        return clients[service]

    return client


@pytest.fixture(autouse=True)
def one_session(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("boto3.Session", shared_session)
    monkeypatch.setattr("boto3.client", lambda service: shared_session().client(service))


@pytest.fixture(autouse=True)
def large_account(monkeypatch: pytest.MonkeyPatch) -> None:
    """The quotas of an account, which moto does not have."""
    monkeypatch.setattr("infra.cli.camera.capacity.detect_labels_quota", lambda _: 50.0)
    monkeypatch.setattr("infra.cli.camera.capacity.concurrent_executions", lambda _: 1000)
