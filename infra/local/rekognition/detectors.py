"""The detectors that stand in for Rekognition on one machine, and how a user names them."""

from pathlib import Path

from infra.local.rekognition.detection import Detection, Detector
from infra.local.rekognition.hog import HogDetector
from infra.local.rekognition.yolox import UnusableModel, YoloxDetector

__all__ = ["Detection", "Detector", "HogDetector", "UnusableModel", "YoloxDetector", "load_detector"]


def load_detector(spec: str | None) -> Detector:
    """OpenCV's people detector for None, else the YOLOX ONNX model at that path. Raises UnusableModel."""
    return HogDetector() if spec is None else YoloxDetector(Path(spec))
