"""The world of the counter and the closing, with the history that they write."""

from collections.abc import Iterator

import pytest

from tests.counter.history.shop import Shop
from tests.counter.world import new_cloud, world_in


@pytest.fixture(scope="module")
def cloud() -> Iterator[object]:
    with new_cloud() as cloud:
        yield cloud


@pytest.fixture
def shop(cloud: object) -> Iterator[Shop]:
    """A shop whose days end at 12:00 UTC, so that a day is over soon after the tests' noon."""
    with world_in(cloud) as world:  # type: ignore[arg-type] # the fixture above
        yield Shop(world)
