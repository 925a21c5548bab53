"""Frames of a shop with people of every confidence, seeded."""

from random import Random
from typing import Any

from tests.counter.rekognition import person_label, response

LEFT = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
RIGHT = ((0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0))
POSTER = ((0.4, 0.3), (0.6, 0.3), (0.6, 0.7), (0.4, 0.7))


def answer(random: Random, most: int = 6) -> dict[str, Any]:
    """A response of DetectLabels with up to `most` people of 50 to 100 %, some cut off by the lower edge."""
    instances = [_instance(random) for _ in range(random.randint(0, most))]
    if not instances:
        return response([])
    return response([person_label(instances, max(found["Confidence"] for found in instances))])


def _instance(random: Random) -> dict[str, Any]:
    box = {
        "Left": round(random.uniform(-0.02, 0.9), 6),
        "Top": round(random.uniform(0.0, 0.75), 6),
        "Width": 0.0812,
        "Height": round(random.uniform(0.1, 0.3), 6),
    }
    return {"BoundingBox": box, "Confidence": round(random.uniform(50, 100), 4)}
