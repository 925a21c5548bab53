"""Detector scores on Rekognition's scale."""

from itertools import pairwise

import pytest

from infra.local.rekognition.detectors.scores import HOG, YOLOX, Scale


@pytest.mark.parametrize(
    ("scale", "score", "confidence"),
    [
        (YOLOX, 0.35, 50.0),
        (YOLOX, 0.45, 72.5),
        (YOLOX, 0.55, 95.0),
        (HOG, 0.3, 50.0),
        (HOG, 0.6, 95.0),
    ],
)
def test_points(scale: Scale, score: float, confidence: float) -> None:
    assert scale.confidence(score) == pytest.approx(confidence)


@pytest.mark.parametrize(("scale", "most"), [(YOLOX, 1.0), (HOG, 4.0)])
def test_a_higher_score_is_a_higher_confidence(scale: Scale, most: float) -> None:
    confidences = [scale.confidence(most * step / 200) for step in range(201)]
    assert all(lower < higher for lower, higher in pairwise(confidences))
    assert confidences[-1] < 100


def test_below_the_floor_is_below_50() -> None:
    assert YOLOX.confidence(0.3499) < 50
