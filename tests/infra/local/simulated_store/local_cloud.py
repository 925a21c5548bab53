"""A local cloud for a whole module of tests, whose AWS settings are then the cloud's: fixtures to import."""

from collections.abc import Iterator

import pytest

from infra.local.cloud import LocalCloud
from infra.local.rekognition.detectors.hog import HogDetector


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud(HogDetector()) as cloud:
        yield cloud
