"""DetectLabels: the request for a frame, and the people in the response. Pure.

https://docs.aws.amazon.com/rekognition/latest/APIReference/API_DetectLabels.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from counter.rows.occupancy import Box, Person

LABEL = "Person"
MIN_CONFIDENCE = 80.0
"""The original solution asks for this value; instances below it are not stored."""


@dataclass(frozen=True)
class Detection:
    """The people on a frame, at or above MIN_CONFIDENCE, and the model that found them."""

    people: tuple[Person, ...]
    detector: str


class NotLocalised(ValueError):
    """The label Person came without instances: there are people, but their number is unknown."""


def request(bucket: str, key: str) -> dict[str, Any]:
    """The parameters of the DetectLabels call for a frame.

    MinConfidence and the inclusion filter apply to labels only; `read` filters the instances.
    """
    return {
        "Image": {"S3Object": {"Bucket": bucket, "Name": key}},
        "MinConfidence": MIN_CONFIDENCE,
        "Features": ["GENERAL_LABELS"],
        "Settings": {"GeneralLabels": {"LabelInclusionFilters": [LABEL]}},
    }


def read(response: Mapping[str, Any]) -> Detection:
    """The people in a DetectLabels response; none if the label is absent. Raises NotLocalised."""
    detector = f"rekognition/{response.get('LabelModelVersion', 'unknown')}"
    labels = [label for label in response.get("Labels", ()) if label.get("Name") == LABEL]
    if not labels:
        return Detection((), detector)
    # BoundingBox is optional in the API's model; an instance without one is not localised either.
    instances = [
        instance for label in labels for instance in label.get("Instances", ()) if "BoundingBox" in instance
    ]
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
