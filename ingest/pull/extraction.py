"""KVS -> frame bucket: what all extractors have in common, whichever API of KVS they use."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from ingest.aws.queues import MessageQueue
from ingest.frames.bucket import FrameBucket
from ingest.frames.inspection import Inspection, digest_of
from ingest.frames.keys import CLOCK_TOLERANCE, FrameKey
from ingest.frames.messages import GapNotice, GapReason
from ingest.jpeg import JpegMaker, UndecodableKeyframe
from ingest.kvs.readers import Readers
from ingest.kvs.video import Fragment, Keyframe
from ingest.luma import image_shows_nothing
from ingest.pull.selection import SelectedFragment
from ingest.registry.camera import Camera


@dataclass(frozen=True)
class PullDependencies:
    """Where the video comes from, and where frames and notices go. Threads share it."""

    kvs: Readers
    frames: FrameBucket
    notices: MessageQueue
    sleep: Callable[[float], None] = time.sleep


@dataclass
class Tally:
    """What has been done for a camera so far.

    `bytes` is the size of the fragments that were fetched; `images` counts the pictures that GetImages gave
    (and charges for). `troubles` has the first sentence about each kind of trouble with the video.
    """

    frames: int = 0
    gaps: int = 0
    fragments: int = 0
    bytes: int = 0
    image_calls: int = 0
    images: int = 0
    troubles: dict[str, str] = field(default_factory=dict)


@dataclass
class Extracted:
    """The result of extracting selected fragments.

    `decided` are the instants that no longer need these fragments; `rest` is what there was no time for;
    `waiting` says that some video arrived incomplete and may still be completed.
    """

    rest: list[SelectedFragment]
    decided: set[datetime] = field(default_factory=set)
    waiting: bool = False


class FrameExtractor(Protocol):
    """Extracts the frames of chosen instants; one class for each API."""

    def extract(
        self, selected: Sequence[SelectedFragment], until: datetime, time_left: Callable[[], bool]
    ) -> Extracted:
        """Put the frames of the selected instants and send notices of their gaps, while time is left.

        `until` is the server time up to which the stream is known. Raises StreamUnavailable, NotSent and
        botocore's errors; frames that were put before stay.
        """
        ...


class CameraPull:
    """One camera's pull: puts its frames, sends notices of its gaps, keeps its tally. For one thread."""

    def __init__(self, camera: Camera, stream_name: str, dependencies: PullDependencies) -> None:
        self.camera = camera
        self.stream_name = stream_name
        self.dependencies = dependencies
        self.tally = Tally()
        self._jpegs = JpegMaker()
        self._notices: list[GapNotice] = []

    def put(self, instant: datetime, frame_time: datetime, jpeg: bytes) -> None:
        """Put a picture, which shows something, as the frame of an instant."""
        key = FrameKey(self.camera.camera_id, instant, frame_time)
        self.dependencies.frames.put(key, jpeg, Inspection(digest_of(jpeg)))
        self.tally.frames += 1

    def put_image(self, instant: datetime, frame_time: datetime, jpeg: bytes) -> None:
        """Put a picture of KVS as the frame of an instant, or note a gap if it shows nothing."""
        if image_shows_nothing(jpeg):
            self._note_no_picture(instant)
        else:
            self.put(instant, frame_time, jpeg)

    def put_keyframe(self, instant: datetime, keyframe: Keyframe) -> bool:
        """Put a keyframe as the frame of an instant, or note a gap: False if it cannot be decoded."""
        try:
            jpeg = self._jpegs.visible_jpeg(keyframe)
        except UndecodableKeyframe as error:
            self.note_trouble("undecodable", str(error))
            self.note_gap(instant, GapReason.MEDIA_ERROR)
            return False
        if jpeg is None:
            self._note_no_picture(instant)
        else:
            self.put(instant, keyframe.time, jpeg)
        return True

    def _note_no_picture(self, instant: datetime) -> None:
        self.note_trouble(
            "no picture",
            f"its picture of {instant.isoformat()} is black or of one colour: check whether the lens is"
            " covered, the light is off, or a recorder has lost the camera",
        )
        self.note_gap(instant, GapReason.NO_PICTURE)

    def note_missing_keyframe(self, fragment: Fragment) -> None:
        """Note that a fragment has no keyframe."""
        self.note_trouble(
            "no keyframe",
            f"the fragment of {fragment.producer_time.isoformat()} has no keyframe of a video track: each"
            " fragment must begin with one, see the settings of the camera's encoder and of its producer",
        )

    def check_clock(self, producer_time: datetime, server_time: datetime) -> None:
        """Note a fragment whose time is too far ahead of KVS's clock."""
        ahead, most = producer_time - server_time, CLOCK_TOLERANCE.total_seconds()
        if ahead > CLOCK_TOLERANCE:
            self.note_trouble(
                "clock",
                f"its video is {ahead.total_seconds():.0f} s ahead of KVS's clock, and beyond {most:.0f} s it"
                " is not counted: set the camera's clock, or its gateway's",
            )

    def note_gap(self, instant: datetime, reason: GapReason) -> None:
        """Note that an instant has no frame; `send_gaps` sends the notice."""
        self._notices.append(GapNotice(self.camera.camera_id, instant, reason))

    def send_gaps(self) -> None:
        """Send the notices of all gaps noted. Raises NotSent."""
        notices, self._notices = self._notices, []
        self.tally.gaps += self.dependencies.notices.send(notice.to_body() for notice in notices)

    def note_trouble(self, kind: str, sentence: str) -> None:
        """Keep a sentence for the log; only the first of each kind stays."""
        self.tally.troubles.setdefault(kind, sentence)
