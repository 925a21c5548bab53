"""Mode `media`: which keyframes of a stream that is read live serve which due instants. Pure.

The rule is that of `ingest.pull.selection`, for fragments that come one after the other: an instant that a
fragment covers is decided with it; an instant after it keeps its best keyframe and waits for the next
fragment.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from ingest.frames.keys import CLOCK_TOLERANCE
from ingest.kvs.video import Fragment, Keyframe, ListedFragment
from ingest.pull.selection import follows, keyframe_for, settled, waits
from ingest.registry.camera import Camera
from ingest.registry.sampling import MAX_FRAME_AGE
from ingest.times import MILLISECOND

REMEMBERED = timedelta(minutes=10)
"""Producer time before the newest video: twice what KVS buffers of a stream without retention."""


@dataclass(frozen=True)
class Decision:
    """An instant and its keyframe; None if its fragment has no keyframe near enough."""

    instant: datetime
    fragment: Fragment
    keyframe: Keyframe | None


@dataclass(frozen=True)
class _Candidate:
    """A keyframe for an instant that the next fragment may serve better."""

    keyframe: Keyframe
    listed: ListedFragment
    fragment: Fragment
    resume: str | None
    """The number of the fragment before it: a reader that resumes after that one sees this fragment again."""


class LiveSelector:
    """Sees a camera's fragments in the order of their arrival; keeps a keyframe for each open instant.

    `decided` are the instants that earlier pulls decided, `after` is the number after which this one reads.
    """

    def __init__(self, camera: Camera, decided: Collection[datetime], after: str | None) -> None:
        self._camera = camera
        self._decided = set(decided)
        self._open: dict[datetime, _Candidate] = {}
        self._newest: datetime | None = None
        self.last = after
        """The number of the last fragment seen."""

    def see(self, fragment: Fragment) -> Iterator[Decision]:
        """The decisions that a complete fragment allows."""
        listed = _listed(fragment)
        self._newest = max(self._newest or listed.end, listed.end)
        yield from self._followed(listed)
        for instant in self._due(listed, listed.start, listed.end + MILLISECOND):
            self._open.pop(instant, None)
            yield self._decide(instant, fragment, keyframe_for(self._camera, instant, fragment.keyframes))
        for instant in self._due(listed, listed.end + MILLISECOND, listed.end + MAX_FRAME_AGE + MILLISECOND):
            keyframe = keyframe_for(self._camera, instant, fragment.keyframes)
            before = self._open.get(instant)
            if keyframe and (before is None or before.keyframe.time < keyframe.time):
                self._open[instant] = _Candidate(keyframe, listed, fragment, self.last)
        self.last = fragment.number

    def settle(self, now: datetime) -> Iterator[Decision]:
        """Decide the instants that waited long enough for a fragment that did not come."""
        for instant, candidate in list(self._open.items()):
            if settled(candidate.listed, now):
                del self._open[instant]
                yield self._decide(instant, candidate.fragment, candidate.keyframe)

    @property
    def after(self) -> str | None:
        """The number after which the next pull reads, so that it decides what is open here."""
        first = min(self._open.values(), key=lambda candidate: candidate.listed.server_time, default=None)
        return first.resume if first else self.last

    @property
    def decided(self) -> tuple[datetime, ...]:
        """The instants that need no further decision."""
        if self._newest is None:
            return tuple(sorted(self._decided))
        return tuple(sorted(instant for instant in self._decided if instant > self._newest - REMEMBERED))

    def pending(self, until: datetime) -> bool:
        """Whether instants up to `until` wait for video."""
        open_already = any(instant <= until for instant in self._open)
        return open_already or waits(self._camera, self._newest, self._decided, until)

    def _followed(self, listed: ListedFragment) -> Iterator[Decision]:
        for instant, candidate in list(self._open.items()):
            if instant < listed.start and follows(candidate.listed, listed):
                del self._open[instant]
                yield self._decide(instant, candidate.fragment, candidate.keyframe)

    def _decide(self, instant: datetime, fragment: Fragment, keyframe: Keyframe | None) -> Decision:
        self._decided.add(instant)
        return Decision(instant, fragment, keyframe)

    def _due(self, listed: ListedFragment, start: datetime, end: datetime) -> list[datetime]:
        latest = listed.server_time + CLOCK_TOLERANCE
        due = self._camera.due(start, end)
        return [instant for instant in due if instant not in self._decided and instant <= latest]


def _listed(fragment: Fragment) -> ListedFragment:
    server_time = fragment.server_time or fragment.producer_time
    return ListedFragment(fragment.number, fragment.producer_time, server_time, fragment.length)
