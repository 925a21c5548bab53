"""A detection from a box in pixels."""

import numpy as np

from infra.local.rekognition.detectors.detection import boxed


def test_boxes_end_at_the_image() -> None:
    found = boxed(90.0, (-10.0, 20.0, 60.0, 100.0), np.zeros((100, 200, 3), np.uint8))
    assert (found.left, found.top, found.width, found.height) == (0.0, 0.2, 0.25, 0.8)
