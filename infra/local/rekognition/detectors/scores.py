"""Detector scores on Rekognition's confidence scale. Pure.

Cameras keep their `min_confidence` (default 95) and the counter its floor of 50 with every detector. So each
detector's scores are mapped: the threshold at which it counts best becomes 95, the lowest useful score 50. In
between the map is a straight line; above 95 it approaches 100 smoothly without reaching it, so that a higher
score is always a higher confidence. docs/decisions/0003-local-detectors.md has the measurements.
"""

from dataclasses import dataclass

FLOOR_CONFIDENCE = 50.0
"""The counter asks Rekognition for nothing below this."""
BEST_CONFIDENCE = 95.0
"""The default `min_confidence` of a camera."""
_SLOPE = (BEST_CONFIDENCE - FLOOR_CONFIDENCE) / (100.0 - BEST_CONFIDENCE)


@dataclass(frozen=True)
class Scale:
    """A detector's score at its floor (confidence 50) and where it counts best (confidence 95)."""

    floor: float
    best: float

    def confidence(self, score: float) -> float:
        """The confidence, 50 to below 100, of a score at or above the floor; below 50 for any other."""
        x = (score - self.floor) / (self.best - self.floor)
        if x <= 1:
            return FLOOR_CONFIDENCE + x * (BEST_CONFIDENCE - FLOOR_CONFIDENCE)
        return 100.0 - (100.0 - BEST_CONFIDENCE) / (1 + _SLOPE * (x - 1))


HOG = Scale(floor=0.3, best=0.6)
"""Weights of OpenCV's people detector: the signed distance of its SVM, without an upper limit."""
YOLOX = Scale(floor=0.35, best=0.55)
"""Objectness times class probability, 0..1."""
