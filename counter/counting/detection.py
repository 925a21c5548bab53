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
from ingest.frames.messages import GapReason

if TYPE_CHECKING:
    from mypy_boto3_rekognition import RekognitionClient

UNREACHABLE = "InvalidS3ObjectException"
THROTTLED = frozenset(
    {"ThrottlingException", "ProvisionedThroughputExceededException", "LimitExceededException", "Throttling"}
)

# https://docs.aws.amazon.com/rekognition/latest/dg/error-handling.html: the error lies in the frame itself.
# The limits: https://docs.aws.amazon.com/rekognition/latest/dg/limits.html
_UNREADABLE = {
    "ImageTooLargeException": (
        "Rekognition takes at most 15 MB; lower the resolution or JPEG quality of the camera or its sender"
    ),
    "InvalidImageFormatException": (
        "Rekognition takes only undamaged JPEG and PNG; check which format the camera or its sender writes"
    ),
    "InvalidParameterException": (
        "Rekognition takes at least 80 pixels a side; raise the resolution of the camera or its sender"
    ),
}
_NO_INSTANCES = "label Person without instances"
_GONE = "not in the bucket any more"
_WAYS_OUT = _UNREADABLE | {
    _NO_INSTANCES: (
        "Rekognition found people, but not where they are; if this happens again, move the camera closer"
        " or make its image sharper"
    ),
    _GONE: "the counter is more than a day behind (see the age of the frame queue), or the frame was deleted",
}

UNREADABLE = frozenset(_UNREADABLE)
"""The error codes of DetectLabels for a frame that it cannot read."""


@dataclass(frozen=True)
class Uncountable:
    """Why a frame has no count; `why` is Rekognition's error code, or our own words if there is none."""

    reason: GapReason
    why: str

    @property
    def way_out(self) -> str:
        """What the operator can do."""
        return _WAYS_OUT[self.why]

    def sentence(self, key: str, camera_id: str) -> str:
        """For the log: the frame will be deleted, and its row contains only the reason."""
        return f"frame {key!r} of camera {camera_id!r} cannot be counted ({self.why}): {self.way_out}"


NOT_LOCALISED = Uncountable(GapReason.NOT_LOCALISED, _NO_INSTANCES)
EXPIRED = Uncountable(GapReason.EXPIRED, _GONE)


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
    bucket: str
    pace: Pace

    def detect(self, key: str, until: float) -> Detection | Uncountable:
        """The people on a frame, or why Rekognition cannot read it; `until` is a time of the pace's clock.

        Raises FrameUnreachable, OutOfTime, and AWS_FAILURES for errors that do not lie in the frame.
        """
        while True:
            self.pace.wait(until)
            try:
                return people.read(self.rekognition.detect_labels(**people.request(self.bucket, key)))
            except ClientError as error:
                code = error.response["Error"]["Code"]
                if code in UNREADABLE:
                    return Uncountable(GapReason.UNREADABLE_IMAGE, code)
                if code == UNREACHABLE:
                    raise FrameUnreachable(f"Rekognition could not read {key!r}") from error
                if code not in THROTTLED:
                    raise
                self.pace.hold(1.0)
