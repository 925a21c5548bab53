"""Messages in the queues, beside S3's own events: pull requests and gap notices. Pure."""

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ingest.times import from_text, to_text


class GapReason(StrEnum):
    """Why a sample instant has no count."""

    NO_MEDIA = "no_media"  # the stream has no video for it
    MEDIA_ERROR = "media_error"  # there is video, but it cannot be read
    GOP_TOO_LONG = "gop_too_long"  # there is video, but no keyframe near enough that no other instant uses
    NO_FRAME = "no_frame"  # a push camera sent nothing
    NOT_PULLED = "not_pulled"  # the pull has not come to that time yet
    NOT_COUNTED = "not_counted"  # a frame waits in the bucket
    NOT_LOCALISED = "not_localised"  # Rekognition gave the label Person without instances
    UNREADABLE_IMAGE = "unreadable_image"  # Rekognition cannot read the frame
    NO_PICTURE = "no_picture"  # the frame shows nothing, or is the same as the two before it, byte for byte
    EXPIRED = "expired"  # the frame was gone before it was counted


@dataclass(frozen=True)
class PullRequest:
    """Schedule -> pull: pull this camera now."""

    camera_id: str

    def to_body(self) -> str:
        """The SQS message body."""
        return json.dumps({"PullRequest": {"CameraId": self.camera_id}})

    @classmethod
    def from_body(cls, body: str) -> "PullRequest":
        """The inverse of `to_body`. Raises ValueError."""
        return cls(_field(_payload(body, "PullRequest"), "CameraId"))


@dataclass(frozen=True)
class GapNotice:
    """Pull -> counter: why this instant's frame could not be fetched."""

    camera_id: str
    instant: datetime
    reason: GapReason

    def to_body(self) -> str:
        """The SQS message body."""
        content = {"CameraId": self.camera_id, "Instant": to_text(self.instant), "Reason": self.reason.value}
        return json.dumps({"GapNotice": content})

    @classmethod
    def from_body(cls, body: str) -> "GapNotice":
        """The inverse of `to_body`. Raises ValueError."""
        content = _payload(body, "GapNotice")
        return cls(
            _field(content, "CameraId"),
            _instant(_field(content, "Instant")),
            _reason(_field(content, "Reason")),
        )


def _payload(body: str, kind: str) -> dict[str, object]:
    message = json.loads(body)  # a JSONDecodeError is a ValueError
    content = message.get(kind) if isinstance(message, dict) else None
    if not isinstance(content, dict):
        raise ValueError(f"message {body[:80]!r} is not a {kind}")  # noqa: TRY004 - the message is wrong, not a type of ours
    return content


def _field(content: dict[str, object], name: str) -> str:
    value = content.get(name)
    if not isinstance(value, str):
        raise ValueError(f"message field {name} is {value!r}, expected text")  # noqa: TRY004 - as above
    return value


def _instant(text: str) -> datetime:
    try:
        return from_text(text)
    except ValueError as error:
        raise ValueError(f"message field Instant {error}") from error


def _reason(text: str) -> GapReason:
    try:
        return GapReason(text)
    except ValueError as error:
        known = ", ".join(GapReason)
        raise ValueError(f"message field Reason is {text!r}, expected one of {known}") from error
