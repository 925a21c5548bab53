"""A cloud for each module, and an empty world in it for each test: once in moto, once with dynalite."""

from collections.abc import Iterator

import pytest

from infra.local.environment import environment
from tests.counter.world import Cloud, World, new_cloud, world_in
from tests.dynalite import DATABASES, dynalite


@pytest.fixture(scope="module", params=DATABASES)
def cloud(request: pytest.FixtureRequest) -> Iterator[Cloud]:
    """Empty tables, an empty bucket and an empty queue."""
    if request.param == "dynalite":
        with (
            dynalite() as dynamodb,
            environment({"AWS_ENDPOINT_URL_DYNAMODB": dynamodb.meta.endpoint_url}),
            new_cloud(dynamodb) as cloud,
        ):
            yield cloud
    else:
        with new_cloud() as cloud:
            yield cloud


@pytest.fixture
def world(cloud: Cloud) -> Iterator[World]:
    """The counter and the closing in an empty cloud."""
    with world_in(cloud) as world:
        yield world
