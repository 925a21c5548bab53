"""The detectors that replace Rekognition on one machine, and how a user chooses among them."""

from pathlib import Path

from infra.local.rekognition.detectors.detection import Detector
from infra.local.rekognition.detectors.hog import HogDetector
from infra.local.rekognition.detectors.yolox import YoloxDetector


def load_detector(spec: str | None) -> Detector:
    """OpenCV's people detector for None, else the YOLOX ONNX model at that path. Raises UnusableModel."""
    return HogDetector() if spec is None else YoloxDetector(Path(spec))
