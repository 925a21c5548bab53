"""The interface between DetectLabels and the local detectors: what a detector is and returns."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]
"""Height x width x 3, BGR, as OpenCV has it."""
Floats = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Detection:
    """One person: confidence 50..100 on Rekognition's scale, box in fractions of the image's sides."""

    confidence: float
    left: float
    top: float
    width: float
    height: float


class Detector(Protocol):
    """Finds people. Safe to call from several threads."""

    name: str
    """The LabelModelVersion of the response, such as `hog` or `yolox_nano`."""

    def detect(self, image: Image) -> list[Detection]:
        """The people in `image`, the most confident first."""
        ...


def boxed(confidence: float, box: tuple[float, float, float, float], image: Image) -> Detection:
    """A detection from a box (left, top, width, height) in pixels, clipped to the image."""
    height, width = image.shape[:2]
    left, top = max(0.0, box[0] / width), max(0.0, box[1] / height)
    right, bottom = min(1.0, (box[0] + box[2]) / width), min(1.0, (box[1] + box[3]) / height)
    return Detection(confidence, left, top, right - left, bottom - top)
