"""OpenCV's detector on an empty view. The tests of the simulated store and of the footage hold its counts."""

import numpy as np

from infra.local.rekognition.detectors.hog import HogDetector


def test_an_empty_view_holds_nobody() -> None:
    assert HogDetector().detect(np.full((240, 320, 3), 200, np.uint8)) == []
