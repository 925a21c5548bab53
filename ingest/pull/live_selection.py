"""Mode `media`: which keyframes of a stream that flows by stand for which due instants. Pure.

The rule is that of `ingest.pull.selection`, for fragments that come one after the other: an instant that a
fragment covers is decided with it; one behind it waits for the next, with the keyframe that it has so far.
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
"""Of producer time, behind the newest video: twice what KVS holds of a stream that keeps nothing."""


@dataclass(frozen=True)
class Decision:
    """An instant and its keyframe; None where its fragment has none near enough."""

    instant: datetime
    fragment: Fragment
    keyframe: Keyframe | None


@dataclass(frozen=True)
class _Open:
    """A keyframe for an instant that the next fragment may serve better."""

    keyframe: Keyframe
    listed: ListedFragment
    fragment: Fragment
    resume: str | None
    """The fragment before it: reading on behind that one, it comes once more."""


class LiveSelector:
    """Sees a camera's fragments in the order in which they arrived; holds a keyframe for each open instant.

    `taken` are the instants decided by looks before, `after` the number behind which this one reads on.
    """

    def __init__(self, camera: Camera, taken: Collection[datetime], after: str | None) -> None:
        self._camera = camera
        self._taken = set(taken)
        self._open: dict[datetime, _Open] = {}
        self._newest: datetime | None = None
        self.last = after
        """The number of the fragment seen last."""

    def see(self, fragment: Fragment) -> Iterator[Decision]:
        """What a whole fragment decides."""
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
                self._open[instant] = _Open(keyframe, listed, fragment, self.last)
        self.last = fragment.number

    def settle(self, now: datetime) -> Iterator[Decision]:
        """Decide what waited long enough for a fragment that did not come."""
        for instant, waiting in list(self._open.items()):
            if settled(waiting.listed, now):
                del self._open[instant]
                yield self._decide(instant, waiting.fragment, waiting.keyframe)

    @property
    def after(self) -> str | None:
        """Behind which fragment the next look goes on, so that what is open here is decided there."""
        first = min(self._open.values(), key=lambda waiting: waiting.listed.server_time, default=None)
        return first.resume if first else self.last

    @property
    def taken(self) -> tuple[datetime, ...]:
        """The instants that need not be decided again."""
        if self._newest is None:
            return tuple(sorted(self._taken))
        return tuple(sorted(instant for instant in self._taken if instant > self._newest - REMEMBERED))

    def pending(self, until: datetime) -> bool:
        """Whether instants up to `until` wait for video."""
        open_already = any(instant <= until for instant in self._open)
        return open_already or waits(self._camera, self._newest, self._taken, until)

    def _followed(self, listed: ListedFragment) -> Iterator[Decision]:
        for instant, waiting in list(self._open.items()):
            if instant < listed.start and follows(waiting.listed, listed):
                del self._open[instant]
                yield self._decide(instant, waiting.fragment, waiting.keyframe)

    def _decide(self, instant: datetime, fragment: Fragment, keyframe: Keyframe | None) -> Decision:
        self._taken.add(instant)
        return Decision(instant, fragment, keyframe)

    def _due(self, listed: ListedFragment, start: datetime, end: datetime) -> list[datetime]:
        latest = listed.server_time + CLOCK_TOLERANCE
        due = self._camera.due(start, end)
        return [instant for instant in due if instant not in self._taken and instant <= latest]


def _listed(fragment: Fragment) -> ListedFragment:
    server_time = fragment.server_time or fragment.producer_time
    return ListedFragment(fragment.number, fragment.producer_time, server_time, fragment.length)
