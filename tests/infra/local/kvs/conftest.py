"""A running service, boto3 clients that find it like any client, and a clock that a test can advance."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config

from infra.local.kvs.server import KvsServer
from infra.local.kvs.service.limits import Limits

if TYPE_CHECKING:
    from mypy_boto3_kinesis_video_archived_media import KinesisVideoArchivedMediaClient
    from mypy_boto3_kinesisvideo import KinesisVideoClient

CREDENTIALS = {"testing": "testing"}
PATIENT = float("inf")
UNCHECKED = Config(parameter_validation=False)
"""Lets the client send values outside their range."""


class Clock:
    """The real time plus `offset`; a test can stop it."""

    def __init__(self) -> None:
        self.offset = 0.0
        self._time = time.time

    def __call__(self) -> float:
        return self._time() + self.offset

    def stop(self) -> None:
        """Stop the real time; only `offset` changes it from now on."""
        now = time.time()
        self._time = lambda: now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def serve(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., KvsServer]]:
    """Starts a service with the given limits. boto3 finds it; the times of signatures are not checked."""
    monkeypatch.setattr("infra.local.wire.threaded_app.SHUTDOWN_SECONDS", 0.02)
    monkeypatch.setattr("infra.local.kvs.faults.strikes.PEER_POLL_SECONDS", 0.01)
    with ExitStack() as stack:

        def start(**limits: Any) -> KvsServer:
            allowed = Limits(**{"clock_skew_seconds": PATIENT, "poll_seconds": 0.01, **limits})
            server = stack.enter_context(KvsServer(CREDENTIALS, clock=clock, limits=allowed))
            monkeypatch.setenv("AWS_ENDPOINT_URL_KINESIS_VIDEO", server.url)
            return server

        yield start


@pytest.fixture
def kvs(serve: Callable[..., KvsServer]) -> KvsServer:
    return serve()


@pytest.fixture
def control(kvs: KvsServer) -> "KinesisVideoClient":
    return boto3.client("kinesisvideo")


@pytest.fixture
def archive(control: "KinesisVideoClient") -> "KinesisVideoArchivedMediaClient":
    """A client for the stream `entrance` (retention: a day), with the endpoint of GetDataEndpoint."""
    control.create_stream(StreamName="entrance", DataRetentionInHours=24)
    endpoint = control.get_data_endpoint(StreamName="entrance", APIName="LIST_FRAGMENTS")["DataEndpoint"]
    return boto3.client("kinesis-video-archived-media", endpoint_url=endpoint)
