"""Detector scores on Rekognition's confidence scale. Pure.

Cameras keep their `min_confidence` (default 95) and the counter its floor of 80, whoever detects: so each
detector's scores are mapped such that the threshold at which it counts best becomes 95, and the lowest score
worth keeping becomes 80. Between the two the map is a straight line; above, it bends towards 100 without
reaching it and without a kink, so that a higher score is always a higher confidence.

Where the points come from: docs/decisions/0003-local-detectors.md.
"""

from dataclasses import dataclass

FLOOR_CONFIDENCE = 80.0
"""The counter asks Rekognition for nothing below this."""
BEST_CONFIDENCE = 95.0
"""The default `min_confidence` of a camera."""
_SLOPE = (BEST_CONFIDENCE - FLOOR_CONFIDENCE) / (100.0 - BEST_CONFIDENCE)


@dataclass(frozen=True)
class Scale:
    """A detector's score at its floor (confidence 80) and where it counts best (confidence 95)."""

    floor: float
    best: float

    def confidence(self, score: float) -> float:
        """The confidence, 80 to below 100, of a score at or above the floor; below 80 for any other."""
        x = (score - self.floor) / (self.best - self.floor)
        if x <= 1:
            return FLOOR_CONFIDENCE + x * (BEST_CONFIDENCE - FLOOR_CONFIDENCE)
        return 100.0 - (100.0 - BEST_CONFIDENCE) / (1 + _SLOPE * (x - 1))


HOG = Scale(floor=0.3, best=0.6)
"""Weights of OpenCV's people detector: its SVM's signed distance, without an upper end."""
YOLOX = Scale(floor=0.35, best=0.55)
"""Objectness times class probability, 0..1."""
