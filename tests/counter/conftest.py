"""A cloud for each module, and an empty world in it for each test."""

from collections.abc import Iterator

import pytest

from tests.counter.world import Cloud, World, new_cloud, world_in


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    """Empty tables, an empty bucket and an empty queue."""
    with new_cloud() as cloud:
        yield cloud


@pytest.fixture
def world(cloud: Cloud) -> Iterator[World]:
    """The counter and the closing in an empty cloud."""
    with world_in(cloud) as world:
        yield world
