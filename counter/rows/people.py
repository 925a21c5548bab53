"""What DetectLabels answered to the people it means. Pure.

https://docs.aws.amazon.com/rekognition/latest/APIReference/API_DetectLabels.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from counter.rows.occupancy import Box, Person

LABEL = "Person"
MIN_CONFIDENCE = 80.0
"""What the original solution asks for; instances below it are of no use to anybody."""


@dataclass(frozen=True)
class Detection:
    """The people of one frame, at or above MIN_CONFIDENCE, and which model found them."""

    people: tuple[Person, ...]
    detector: str


class NotLocalised(ValueError):
    """There are people, but the answer does not say how many: the label came without instances."""


def request(bucket: str, key: str) -> dict[str, Any]:
    """The parameters of the DetectLabels call for one frame.

    MinConfidence and the filter are about labels: instances are filtered by us.
    """
    return {
        "Image": {"S3Object": {"Bucket": bucket, "Name": key}},
        "MinConfidence": MIN_CONFIDENCE,
        "Features": ["GENERAL_LABELS"],
        "Settings": {"GeneralLabels": {"LabelInclusionFilters": [LABEL]}},
    }


def read(response: Mapping[str, Any]) -> Detection:
    """The people of a DetectLabels response: none where the label is absent. Raises NotLocalised."""
    detector = f"rekognition/{response.get('LabelModelVersion', 'unknown')}"
    labels = [label for label in response.get("Labels", ()) if label.get("Name") == LABEL]
    if not labels:
        return Detection((), detector)
    # A box is optional in the API's model; an instance without one is not localised either.
    instances = [one for label in labels for one in label.get("Instances", ()) if "BoundingBox" in one]
    if not instances:
        raise NotLocalised(f"label {LABEL} came without instances")
    people = (_person(instance) for instance in instances)
    return Detection(tuple(person for person in people if person.confidence >= MIN_CONFIDENCE), detector)


def _person(instance: Mapping[str, Any]) -> Person:
    box = instance["BoundingBox"]
    return Person(
        confidence=float(instance.get("Confidence", 0.0)),
        box=Box(*(float(box.get(side, 0.0)) for side in ("Left", "Top", "Width", "Height"))),
    )
