"""OpenCV's own people detector (Dalal and Triggs, 2005): part of OpenCV 4, nothing to download.

It works well on upright, whole figures of at least 100 pixels. It fails on high indoor views, where people
are seen from above, half hidden or close to the lens: use a YOLOX model there.
"""

from threading import Lock

import cv2
import numpy as np

from infra.local.rekognition.detectors.detection import Detection, Floats, Image, boxed
from infra.local.rekognition.detectors.scores import HOG

Box = tuple[float, float, float, float]
"""Left, top, width, height in pixels."""
MAX_OVERLAP = 0.4
"""With a more confident box, as a share of the smaller one. A person's legs are often detected as a smaller
person, which intersection over union would keep."""
# The trained window has a margin around the person, which Rekognition's boxes do not have.
_WINDOW_TO_PERSON = (0.60, 0.78)


class HogDetector:
    """The histogram-of-oriented-gradients detector with OpenCV's default SVM."""

    name = "hog"

    def __init__(self) -> None:
        self._hog = cv2.HOGDescriptor()
        self._hog.setSVMDetector(np.asarray(cv2.HOGDescriptor.getDefaultPeopleDetector()))
        # One search uses all cores already: a second one would only compete.
        self._lock = Lock()

    def detect(self, image: Image) -> list[Detection]:
        """The people in `image`, the most confident first."""
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
    """Those of `boxes` (most confident first) that overlap no earlier one by more than MAX_OVERLAP."""
    kept: dict[int, Box] = {}
    for i, box in enumerate(boxes):
        if all(_overlap(box, earlier) <= MAX_OVERLAP for earlier in kept.values()):
            kept[i] = box
    return kept


def _overlap(box: Box, other: Box) -> float:
    """The intersection as a share of the smaller box."""
    width = min(box[0] + box[2], other[0] + other[2]) - max(box[0], other[0])
    height = min(box[1] + box[3], other[1] + other[3]) - max(box[1], other[1])
    return max(0.0, width) * max(0.0, height) / min(box[2] * box[3], other[2] * other[3])


def _person(window: Floats) -> Box:
    left, top, width, height = window.tolist()
    inner_width, inner_height = width * _WINDOW_TO_PERSON[0], height * _WINDOW_TO_PERSON[1]
    return left + (width - inner_width) / 2, top + (height - inner_height) / 2, inner_width, inner_height
