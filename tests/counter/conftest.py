"""One world for each test."""

from collections.abc import Iterator

import pytest

from tests.counter.world import World, new_world


@pytest.fixture
def world() -> Iterator[World]:
    """A cloud with nothing in it."""
    with new_world() as world:
        yield world
