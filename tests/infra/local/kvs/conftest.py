"""A running service, boto3 clients that find it as any client would, and a clock that a test can move."""

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
"""Lets what is out of range leave the client and reach the service."""


class Clock:
    """The real time, moved on by as much as a test says, or stopped."""

    def __init__(self) -> None:
        self.offset = 0.0
        self._time = time.time

    def __call__(self) -> float:
        return self._time() + self.offset

    def stop(self) -> None:
        """From now on only `offset` moves it."""
        now = time.time()
        self._time = lambda: now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def serve(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., KvsServer]]:
    """Starts a service with these limits; boto3 finds it, and the times of signatures are not checked."""
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
    """Of the stream `entrance`, which retains a day, found as AWS wants it: by GetDataEndpoint."""
    control.create_stream(StreamName="entrance", DataRetentionInHours=24)
    endpoint = control.get_data_endpoint(StreamName="entrance", APIName="LIST_FRAGMENTS")["DataEndpoint"]
    return boto3.client("kinesis-video-archived-media", endpoint_url=endpoint)
