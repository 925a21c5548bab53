"""KVS -> frame bucket: the frames of one camera's due instants, out of the fragments that hold them."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime

from ingest.cameras import Camera
from ingest.fetching import Fetcher
from ingest.frame_bucket import FrameBucket
from ingest.frames import FrameKey
from ingest.jpeg import JpegMaker, UndecodableKeyframe
from ingest.kvs.matroska import Fragment, FragmentError
from ingest.kvs.readers import Readers
from ingest.messages import GapNotice, GapReason
from ingest.queues import MessageQueue
from ingest.selection import Wanted, keyframe_for, settled


@dataclass(frozen=True)
class Ports:
    """Where the video comes from, and where frames and notices go. Shared by threads."""

    kvs: Readers
    frames: FrameBucket
    notices: MessageQueue
    sleep: Callable[[float], None] = time.sleep


@dataclass
class Tally:
    """What has been done for a camera so far; `bytes` are those of the fragments fetched."""

    frames: int = 0
    gaps: int = 0
    fragments: int = 0
    bytes: int = 0


@dataclass
class Taken:
    """What came of a selection: the instants that need no other look at these fragments, and the rest.

    `waiting` says that a fragment did not come whole and may still do so.
    """

    rest: list[Wanted]
    instants: set[datetime] = field(default_factory=set)
    waiting: bool = False


class Taker:
    """Takes frames for one camera. For one thread."""

    def __init__(self, camera: Camera, stream_name: str, ports: Ports) -> None:
        self.camera = camera
        self.stream_name = stream_name
        self.ports = ports
        self.tally = Tally()
        self._jpegs = JpegMaker()
        self._fetcher = Fetcher(lambda numbers: ports.kvs.archive.media(stream_name, numbers), ports.sleep)

    def take(self, wanted: Sequence[Wanted], until: datetime, time_left: Callable[[], bool]) -> Taken:
        """Put the frames of the wanted instants and tell their gaps, as far as the time allows.

        `until` is the server time up to which the stream is known. Raises StreamUnavailable, NotSent and
        botocore's errors; what has been put by then stays.
        """
        taken = Taken(rest=list(wanted))
        notices: list[GapNotice] = []
        for choice, media in self._fetched(wanted, time_left):
            taken.rest.remove(choice)
            if isinstance(media, FragmentError) or media.cut:
                if not settled(choice.fragment, until):
                    taken.waiting = True
                    continue
            else:
                taken.instants.update(choice.instants)
            for instant in choice.instants:
                reason = self._put(instant, media)
                if reason is not None:
                    notices.append(GapNotice(self.camera.camera_id, instant, reason))
                    if instant not in choice.covered:
                        taken.instants.discard(instant)  # the fragment after this one may bring it yet
        self.tally.gaps += self.ports.notices.send(notice.to_body() for notice in notices)
        return taken

    def _fetched(
        self, wanted: Sequence[Wanted], time_left: Callable[[], bool]
    ) -> Iterator[tuple[Wanted, Fragment | FragmentError]]:
        choices = {choice.fragment.number: choice for choice in wanted}
        with closing(self._fetcher.fetch([choice.fragment for choice in wanted])) as parts:
            for fragment, media in parts:
                self.tally.fragments += 1
                self.tally.bytes += fragment.size
                yield choices[fragment.number], media
                if not time_left():
                    return

    def _put(self, instant: datetime, media: Fragment | FragmentError) -> GapReason | None:
        """Put the frame of an instant, or say why there is none."""
        if isinstance(media, FragmentError) or not media.keyframes:
            return GapReason.MEDIA_ERROR
        keyframe = keyframe_for(self.camera, instant, media.keyframes)
        if keyframe is None:
            return GapReason.MEDIA_ERROR if media.cut else GapReason.GOP_TOO_LONG
        try:
            jpeg = self._jpegs.jpeg(keyframe)
        except UndecodableKeyframe:
            return GapReason.MEDIA_ERROR
        self.ports.frames.put(FrameKey(self.camera.camera_id, instant, keyframe.time), jpeg)
        self.tally.frames += 1
        return None
