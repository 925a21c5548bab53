"""DetectLabels: the request for a frame, and the people in the response. Pure.

https://docs.aws.amazon.com/rekognition/latest/APIReference/API_DetectLabels.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from counter.rows.occupancy import Box, Person
from ingest.registry.camera import MIN_CONFIDENCE_RANGE

LABEL = "Person"
MIN_CONFIDENCE = MIN_CONFIDENCE_RANGE[0]
"""The lowest `min_confidence` that a camera can have. The price of a call does not depend on it.

Instances below it are not stored. The original solution asked for 80: that drops the whole label, and so the
boxes, of a lone person far away, and no later threshold gets them back.
"""


@dataclass(frozen=True)
class Detection:
    """The people on a frame, at or above MIN_CONFIDENCE, and the model that found them.

    `label_confidence` (0..100) is that of the label Person, None without the label. `localised` is False if
    the label came without instances.
    """

    people: tuple[Person, ...]
    detector: str
    label_confidence: float | None = None
    localised: bool = True

    def countable(self, min_confidence: float) -> bool:
        """False if there are people at that confidence, but their number is unknown."""
        return self.localised or (
            self.label_confidence is not None and self.label_confidence < min_confidence
        )


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
    """The people in a DetectLabels response; none if the label is absent."""
    detector = f"rekognition/{response.get('LabelModelVersion', 'unknown')}"
    labels = [label for label in response.get("Labels", ()) if label.get("Name") == LABEL]
    if not labels:
        return Detection((), detector)
    # BoundingBox is optional in the API's model; an instance without one is not localised either.
    people = [
        _person(instance)
        for label in labels
        for instance in label.get("Instances", ())
        if "BoundingBox" in instance
    ]
    return Detection(
        people=tuple(person for person in people if person.confidence >= MIN_CONFIDENCE),
        detector=detector,
        # Confidence is optional in the API's model, too.
        label_confidence=max(
            (float(label["Confidence"]) for label in labels if "Confidence" in label), default=None
        ),
        localised=bool(people),
    )


def _person(instance: Mapping[str, Any]) -> Person:
    box = instance["BoundingBox"]
    return Person(
        confidence=float(instance.get("Confidence", 0.0)),
        box=Box(*(float(box.get(side, 0.0)) for side in ("Left", "Top", "Width", "Height"))),
    )
