"""The DetectLabels call: how fast, how long, and what its refusals mean."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from counter.counting.uncountable import NOT_LOCALISED, UNREADABLE, Uncountable
from counter.rows import people
from counter.rows.people import Detection, NotLocalised
from ingest.errors import OccupancyError
from ingest.frames.messages import GapReason

if TYPE_CHECKING:
    from mypy_boto3_rekognition import RekognitionClient

UNREACHABLE = "InvalidS3ObjectException"
THROTTLED = frozenset(
    {"ThrottlingException", "ProvisionedThroughputExceededException", "LimitExceededException", "Throttling"}
)


class FrameUnreachable(OccupancyError):
    """Rekognition could not read the object: it is gone, or one of us may not read it."""


class OutOfTime(OccupancyError):
    """The invocation ends before this frame's turn comes."""


@dataclass
class Pace:
    """Lets at most `per_second` calls begin in a second, evenly; shared by threads.

    `clock` and `sleep` count in seconds.
    """

    per_second: float
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _next: float = field(default=0.0, init=False)
    _lock: Lock = field(default_factory=Lock, init=False)

    def wait(self, until: float) -> None:
        """Wait for the next turn. Raises OutOfTime, at once, if that is after `until`."""
        with self._lock:
            now = self.clock()
            turn = max(self._next, now)
            if turn > until:
                raise OutOfTime(
                    f"no time left for DetectLabels at {self.per_second:g} calls a second:"
                    " the frame comes again"
                )
            self._next = turn + 1 / self.per_second
        self.sleep(turn - now)

    def hold(self, seconds: float) -> None:
        """Let nobody begin for some seconds from now."""
        with self._lock:
            self._next = max(self._next, self.clock() + seconds)


@dataclass(frozen=True)
class LabelDetection:
    """DetectLabels on the frames of one bucket. The client may be shared by threads.

    The client retries adaptively by itself, but only a few times and out of a quota that sustained
    throttling uses up. So throttling that remains is waited out here, until the invocation's time is up:
    it costs neither the frame nor one of its deliveries.
    """

    rekognition: "RekognitionClient"
    bucket: str
    pace: Pace

    def detect(self, key: str, until: float) -> Detection | Uncountable:
        """The people on a frame, or why it cannot be counted; `until` is a time of the pace's clock.

        Raises FrameUnreachable, OutOfTime, and AWS_FAILURES for what is not the frame's fault.
        """
        while True:
            self.pace.wait(until)
            try:
                return people.read(self.rekognition.detect_labels(**people.request(self.bucket, key)))
            except NotLocalised:
                return NOT_LOCALISED
            except ClientError as error:
                code = error.response["Error"]["Code"]
                if code in UNREADABLE:
                    return Uncountable(GapReason.UNREADABLE_IMAGE, code)
                if code == UNREACHABLE:
                    raise FrameUnreachable(f"Rekognition could not read {key!r}") from error
                if code not in THROTTLED:
                    raise
                self.pace.hold(1.0)
