"""DetectLabels' request and response, in AWS's shape (Rekognition API reference, DetectLabels). Pure.

The only label is Person. As on AWS, MinConfidence filters labels, not their instances, and a label's
confidence is that of its most confident instance.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from infra.local.rekognition.detectors.detection import Detection
from infra.local.rekognition.errors import InvalidParameterException

LABEL = "Person"
CATEGORY = "Person Description"
DEFAULT_MIN_CONFIDENCE = 55.0
FEATURES = frozenset({"GENERAL_LABELS"})
_MAX_FILTERS = 100


@dataclass(frozen=True)
class LabelRequest:
    """A checked request. An empty inclusion filter lets every label through."""

    image: Mapping[str, Any]
    """Either `Bytes` or `S3Object`."""
    max_labels: int | None
    min_confidence: float
    included: frozenset[str]
    excluded: frozenset[str]
    included_categories: frozenset[str]
    excluded_categories: frozenset[str]

    @property
    def wants_people(self) -> bool:
        """Whether the filters let the label Person through."""
        return (
            (not self.included or LABEL in self.included)
            and LABEL not in self.excluded
            and (not self.included_categories or CATEGORY in self.included_categories)
            and CATEGORY not in self.excluded_categories
            and self.max_labels != 0
        )


def read_request(values: Mapping[str, Any]) -> LabelRequest:
    """Check the request's JSON object. Raises InvalidParameterException."""
    image = _object(values, "Image")
    if len({"Bytes", "S3Object"} & image.keys()) != 1:
        raise InvalidParameterException("Image must hold either Bytes or S3Object.")
    unknown = set(_list(values, "Features")) - FEATURES
    if unknown:
        raise InvalidParameterException(
            f"Features {sorted(unknown)} are not served here: ask for GENERAL_LABELS."
        )
    filters = _object(_object(values, "Settings"), "GeneralLabels")
    max_labels = _number(values, "MaxLabels", None, 2**31 - 1)
    return LabelRequest(
        image,
        None if max_labels is None else int(max_labels),
        _number(values, "MinConfidence", DEFAULT_MIN_CONFIDENCE, 100.0) or 0.0,
        _list(filters, "LabelInclusionFilters"),
        _list(filters, "LabelExclusionFilters"),
        _list(filters, "LabelCategoryInclusionFilters"),
        _list(filters, "LabelCategoryExclusionFilters"),
    )


def response(request: LabelRequest, detections: Sequence[Detection], model: str) -> dict[str, Any]:
    """The response's JSON object, without the label Person if no confidence is high enough."""
    highest = max((detection.confidence for detection in detections), default=-1.0)
    found = request.wants_people and highest >= request.min_confidence
    return {"Labels": [_person(detections, highest)] if found else [], "LabelModelVersion": model}


def _person(detections: Sequence[Detection], confidence: float) -> dict[str, Any]:
    return {
        "Name": LABEL,
        "Confidence": confidence,
        "Instances": [_instance(detection) for detection in detections],
        "Parents": [],
        "Aliases": [{"Name": "Human"}],
        "Categories": [{"Name": CATEGORY}],
    }


def _instance(detection: Detection) -> dict[str, Any]:
    box = {
        "Left": detection.left,
        "Top": detection.top,
        "Width": detection.width,
        "Height": detection.height,
    }
    return {"BoundingBox": box, "Confidence": detection.confidence}


def _object(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = values.get(name, {})
    if not isinstance(value, dict):
        raise InvalidParameterException(f"{name} must be an object, not {value!r}.")
    return value


def _list(values: Mapping[str, Any], name: str) -> frozenset[str]:
    value = values.get(name, [])
    if not isinstance(value, list) or len(value) > _MAX_FILTERS or not all(isinstance(x, str) for x in value):
        raise InvalidParameterException(f"{name} must be a list of at most {_MAX_FILTERS} names.")
    return frozenset(value)


def _number(values: Mapping[str, Any], name: str, default: float | None, most: float) -> float | None:
    value = values.get(name, default)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise InvalidParameterException(f"{name} {value!r} is outside 0..{most:g}.")
    return value
