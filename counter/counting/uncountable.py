"""Frames that cannot be counted: why, and what somebody can do about it. Pure."""

from dataclasses import dataclass

from ingest.frames.messages import GapReason

# https://docs.aws.amazon.com/rekognition/latest/dg/error-handling.html: the frame itself is at fault.
# The limits: https://docs.aws.amazon.com/rekognition/latest/dg/limits.html
_UNREADABLE = {
    "ImageTooLargeException": (
        "Rekognition takes at most 15 MB; lower the resolution or JPEG quality of the camera or its sender"
    ),
    "InvalidImageFormatException": (
        "Rekognition takes JPEG and PNG, undamaged; check which format the camera or its sender writes"
    ),
    "InvalidParameterException": (
        "Rekognition takes at least 80 pixels a side; raise the resolution of the camera or its sender"
    ),
}
_NO_INSTANCES = "label Person without instances"
_GONE = "gone from the bucket"
_OTHERS = {
    _NO_INSTANCES: (
        "Rekognition is sure of people, but of nobody's place; if it goes on, bring the camera nearer"
        " or make its image sharper"
    ),
    _GONE: ("the counter is more than a day behind (see the age of the frame queue), or somebody deleted it"),
}

UNREADABLE = frozenset(_UNREADABLE)
"""The error codes with which DetectLabels says so."""


@dataclass(frozen=True)
class Uncountable:
    """What stands in for a count; `why` is Rekognition's error code, or words of ours where it gave none."""

    reason: GapReason
    why: str

    def sentence(self, key: str, camera_id: str) -> str:
        """For the log: the frame will be deleted, and its row holds the reason alone."""
        way_out = (_UNREADABLE | _OTHERS)[self.why]
        return f"frame {key!r} of camera {camera_id!r} cannot be counted ({self.why}): {way_out}"


NOT_LOCALISED = Uncountable(GapReason.NOT_LOCALISED, _NO_INSTANCES)
EXPIRED = Uncountable(GapReason.EXPIRED, _GONE)
