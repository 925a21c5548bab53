"""OpenCV's own people detector (Dalal and Triggs, 2005): in every OpenCV 4, nothing to download.

It is good on upright, whole figures at least 100 pixels high. It fails on high indoor views, where people
are seen from above, half hidden or close to the lens: give a YOLOX model there.
"""

from threading import Lock

import cv2
import numpy as np

from infra.local.rekognition.detectors.detection import Detection, Floats, Image, boxed
from infra.local.rekognition.detectors.scores import HOG

Box = tuple[float, float, float, float]
"""Left, top, width, height in pixels."""
PART = 0.4
"""Somebody's legs often pass as somebody smaller, whom an overlap relative to the union would let live."""
# The trained window has a margin around the person, which is no part of the box that Rekognition gives.
_WINDOW_TO_PERSON = (0.60, 0.78)


class HogDetector:
    """The histogram-of-oriented-gradients detector with OpenCV's default SVM."""

    name = "hog"

    def __init__(self) -> None:
        self._hog = cv2.HOGDescriptor()
        self._hog.setSVMDetector(np.asarray(cv2.HOGDescriptor.getDefaultPeopleDetector()))
        # One search uses all cores already: a second beside it would only contend.
        self._lock = Lock()

    def detect(self, image: Image) -> list[Detection]:
        """The people in `image`, the surest first."""
        with self._lock:
            found, weights = self._hog.detectMultiScale(
                image,
                hitThreshold=HOG.floor,
                winStride=(8, 8),
                padding=(16, 16),
                scale=1.05,
                groupThreshold=0,  # OpenCV's own grouping would lose the weights of what it merges
            )
        order = np.argsort(-np.ravel(weights))
        scores, windows = (
            np.ravel(weights)[order].astype(float),
            np.reshape(found, (-1, 4))[order].astype(float),
        )
        people = _suppressed([_person(window) for window in windows])
        return [boxed(HOG.confidence(scores[i]), box, image) for i, box in people.items()]


def _suppressed(boxes: list[Box]) -> dict[int, Box]:
    """Those of `boxes`, the surest first, that do not lie in a surer one for more than PART."""
    kept: dict[int, Box] = {}
    for i, box in enumerate(boxes):
        if all(_inside(box, surer) <= PART for surer in kept.values()):
            kept[i] = box
    return kept


def _inside(box: Box, other: Box) -> float:
    """What the two have in common, as a share of the smaller one."""
    width = min(box[0] + box[2], other[0] + other[2]) - max(box[0], other[0])
    height = min(box[1] + box[3], other[1] + other[3]) - max(box[1], other[1])
    return max(0.0, width) * max(0.0, height) / min(box[2] * box[3], other[2] * other[3])


def _person(window: Floats) -> Box:
    left, top, width, height = window.tolist()
    inner_width, inner_height = width * _WINDOW_TO_PERSON[0], height * _WINDOW_TO_PERSON[1]
    return left + (width - inner_width) / 2, top + (height - inner_height) / 2, inner_width, inner_height
