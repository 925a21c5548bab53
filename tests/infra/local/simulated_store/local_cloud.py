"""A fixture to import: a local cloud for a test module, which gets the AWS settings of the cloud."""

from collections.abc import Iterator

import pytest

from infra.local.cloud import LocalCloud
from infra.local.rekognition.detectors.hog import HogDetector


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud(HogDetector()) as cloud:
        yield cloud
