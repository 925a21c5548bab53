"""One world for each test."""

from collections.abc import Iterator

import pytest
from moto import mock_aws

from tests.counter.world import World


@pytest.fixture
def world() -> Iterator[World]:
    with mock_aws():
        yield World()
