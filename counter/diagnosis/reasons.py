"""The reasons of gaps in words, and what to do about each. Pure."""

from collections.abc import Iterable, Mapping

from ingest.frames.messages import GapReason

REASONS: Mapping[GapReason, tuple[str, str]] = {
    GapReason.NO_MEDIA: ("without video", "check the camera and the sender of its video"),
    GapReason.MEDIA_ERROR: (
        "with video that cannot be read",
        "see the log of pull, which names the camera and its stream",
    ),
    GapReason.GOP_TOO_LONG: (
        "without a keyframe close enough",
        "shorten the camera's keyframe interval (GOP, I-frame interval) to 2 s",
    ),
    GapReason.NO_FRAME: (
        "for which no frame was sent",
        "check the camera, unit or gateway that sends its frames",
    ),
    GapReason.NOT_PULLED: (
        "that the pull has not handled",
        "check the schedule and the pull: their functions, the pull queue and the log of pull",
    ),
    GapReason.NOT_COUNTED: (
        "whose frame waits in the bucket",
        "check the counter: its function, the frame queue, its dead letters and the log of counter",
    ),
    GapReason.NOT_LOCALISED: (
        "with people but without their places",
        "move the camera closer or make its image sharper",
    ),
    GapReason.UNREADABLE_IMAGE: ("with an image that Rekognition cannot read", "the log of counter says why"),
    GapReason.NO_PICTURE: (
        "whose picture is black, of one colour, or frozen",
        (
            "check the lens, the light, the cable and the recorder, and restart the camera; if its picture"
            " may repeat, as a looped file's does: `occupancy camera set CAMERA --repeats`"
        ),
    ),
    GapReason.EXPIRED: (
        "whose frame was deleted before it was counted",
        "check the age of the frame queue, and raise DetectLabelsPerSecond if it is high",
    ),
}
"""What to write after a number of instants, and what to do."""


def gap_words(gaps: Iterable[tuple[GapReason, int]]) -> str:
    """`3 without video (no_media); 1 without a keyframe close enough (gop_too_long)`."""
    return "; ".join(f"{number} {REASONS[reason][0]} ({reason})" for reason, number in gaps)
