"""The services that the pull uses, started once for each module that needs them."""

from collections.abc import Iterator

import pytest

from tests.ingest.cloud import Cloud, at, cloud


@pytest.fixture(scope="module")
def running_cloud() -> Iterator[Cloud]:
    with cloud(at(0)) as running:
        yield running


@pytest.fixture
def kvs(running_cloud: Cloud) -> Iterator[Cloud]:
    """An empty cloud with a stream for the camera `door`."""
    running_cloud.create_stream("door")
    yield running_cloud
    running_cloud.clear()


class Context:
    """What a handler reads of Lambda's context; `remaining` in milliseconds."""

    aws_request_id = "request-1"
    remaining = 120_000

    def get_remaining_time_in_millis(self) -> int:
        return self.remaining


@pytest.fixture
def context() -> Context:
    return Context()
