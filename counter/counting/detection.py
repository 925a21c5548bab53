"""The DetectLabels call: its rate, its retries, and the meaning of its errors."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from counter.rows import people
from counter.rows.people import Detection
from ingest.errors import OccupancyError
from ingest.frames.bucket import FrameBucket
from ingest.frames.limits import HEADER_BYTES, MAX_SIDE, MIN_SIDE, ImageLimit, broken_limit
from ingest.frames.messages import GapReason

if TYPE_CHECKING:
    from mypy_boto3_rekognition import RekognitionClient

UNREACHABLE = "InvalidS3ObjectException"
THROTTLED = frozenset(
    {"ThrottlingException", "ProvisionedThroughputExceededException", "LimitExceededException", "Throttling"}
)

# https://docs.aws.amazon.com/rekognition/latest/APIReference/API_DetectLabels.html, "Errors": these two lie
# in the frame.
_BROKEN_BY_FRAME = {
    "ImageTooLargeException": ImageLimit.SIZE,
    "InvalidImageFormatException": ImageLimit.FORMAT,
}
# "Input parameter violated a constraint": of the frame, or of our call.
_INVALID_PARAMETER = "InvalidParameterException"
_WAYS_OUT = {
    ImageLimit.SIZE: (
        "Rekognition takes at most 15 MB; lower the resolution or JPEG quality of the camera or its sender"
    ),
    ImageLimit.FORMAT: (
        "Rekognition takes only undamaged JPEG and PNG; check which format the camera or its sender writes"
    ),
    ImageLimit.DIMENSIONS: (
        f"Rekognition takes {MIN_SIDE} to {MAX_SIDE} pixels a side; change the resolution of the camera or"
        " its sender"
    ),
}


@dataclass(frozen=True)
class Uncountable:
    """Why a frame has no count; `why` is Rekognition's error code, or our own words if there is none.

    `way_out` is what the operator can do.
    """

    reason: GapReason
    why: str
    way_out: str

    def sentence(self, key: str, camera_id: str) -> str:
        """For the log: the frame will be deleted, and its row contains only the reason."""
        return f"frame {key!r} of camera {camera_id!r} cannot be counted ({self.why}): {self.way_out}"


NOT_LOCALISED = Uncountable(
    GapReason.NOT_LOCALISED,
    "label Person without instances",
    "Rekognition found people, but not where they are; if this happens again, move the camera closer or make"
    " its image sharper",
)
SHOWS_NOTHING = Uncountable(
    GapReason.NO_PICTURE,
    "it shows nothing",
    "check whether the lens is covered, the light is off, or a recorder has lost its camera",
)
FROZEN = Uncountable(
    GapReason.NO_PICTURE,
    "it is the same as the two frames before, byte for byte",
    "restart the camera or its recorder; if its picture may repeat, as a looped file's does, set --repeats",
)
EXPIRED = Uncountable(
    GapReason.EXPIRED,
    "not in the bucket any more",
    "the counter is more than a day behind (see the age of the frame queue), or the frame was deleted",
)


def unreadable(code: str, start_of_frame: Callable[[], tuple[bytes, int]]) -> Uncountable | None:
    """Why Rekognition cannot read a frame, by its error code; None if the error does not lie in the frame.

    InvalidParameterException lies in it only if the frame breaks a documented limit. If it does not, our
    call is wrong or AWS has changed, and all frames would be lost. `start_of_frame` gives at most
    HEADER_BYTES and the size of the frame; it is called only for that code.
    """
    if code in _BROKEN_BY_FRAME:
        return Uncountable(GapReason.UNREADABLE_IMAGE, code, _WAYS_OUT[_BROKEN_BY_FRAME[code]])
    if code != _INVALID_PARAMETER or not (broken := broken_limit(*start_of_frame())):
        return None
    return Uncountable(GapReason.UNREADABLE_IMAGE, f"{code}, {broken.found}", _WAYS_OUT[broken.limit])


class FrameUnreachable(OccupancyError):
    """Rekognition could not read the object: it is gone, or Rekognition or the counter may not read it."""


class OutOfTime(OccupancyError):
    """The invocation ends before this frame can be analysed."""


@dataclass
class Pace:
    """Starts at most `per_second` calls a second, evenly spaced; shared by threads.

    `clock` and `sleep` are in seconds.
    """

    per_second: float
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _next: float = field(default=0.0, init=False)
    _lock: Lock = field(default_factory=Lock, init=False)

    def wait(self, until: float) -> None:
        """Wait for the next free slot. Raises OutOfTime, without waiting, if it is after `until`."""
        with self._lock:
            now = self.clock()
            slot = max(self._next, now)
            if slot > until:
                raise OutOfTime(
                    f"no time left for DetectLabels at {self.per_second:g} calls a second:"
                    " the frame will be retried"
                )
            self._next = slot + 1 / self.per_second
        self.sleep(slot - now)

    def hold(self, seconds: float) -> None:
        """Start no call for `seconds` from now."""
        with self._lock:
            self._next = max(self._next, self.clock() + seconds)


@dataclass(frozen=True)
class LabelDetection:
    """DetectLabels on the frames of a bucket. The client may be shared by threads.

    The client's adaptive retries are few, and sustained throttling uses up their quota. The throttling that
    remains is waited out here until the invocation's time is up: so it costs neither the frame nor one of
    its deliveries.
    """

    rekognition: "RekognitionClient"
    bucket: FrameBucket
    pace: Pace

    def detect(self, key: str, until: float) -> Detection | Uncountable:
        """The people on a frame, or why Rekognition cannot read it; `until` is a time of the pace's clock.

        Raises FrameUnreachable, OutOfTime, and AWS_FAILURES for errors that do not lie in the frame.
        """
        while True:
            self.pace.wait(until)
            try:
                return people.read(self.rekognition.detect_labels(**people.request(self.bucket.name, key)))
            except ClientError as error:
                code = error.response["Error"]["Code"]
                if why := unreadable(code, lambda: self.bucket.start_of(key, HEADER_BYTES)):
                    return why
                if code == UNREACHABLE:
                    raise FrameUnreachable(f"Rekognition could not read {key!r}") from error
                if code not in THROTTLED:
                    raise
                self.pace.hold(1.0)
