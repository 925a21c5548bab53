"""OpenCV's own people detector (Dalal and Triggs, 2005): in every OpenCV 4, nothing to download.

It is good on upright, whole figures at least 100 pixels high. It fails on high indoor views, where people
are seen from above, half hidden or close to the lens: give a YOLOX model there.
"""

from threading import Lock

import cv2
import numpy as np

from infra.local.rekognition.detection import Detection, Floats, Image, boxed
from infra.local.rekognition.scores import HOG

NMS_OVERLAP = 0.3
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
        windows, scores = np.reshape(found, (-1, 4)).astype(float), np.ravel(weights).astype(float)
        kept = cv2.dnn.NMSBoxes(windows.tolist(), scores.tolist(), HOG.floor, NMS_OVERLAP)
        return [boxed(HOG.confidence(scores[i]), _person(windows[i]), image) for i in np.ravel(kept)]


def _person(window: Floats) -> tuple[float, float, float, float]:
    left, top, width, height = window.tolist()
    inner_width, inner_height = width * _WINDOW_TO_PERSON[0], height * _WINDOW_TO_PERSON[1]
    return left + (width - inner_width) / 2, top + (height - inner_height) / 2, inner_width, inner_height
