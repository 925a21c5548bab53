"""Which fragments hold the keyframes of which due instants, and which of these can be told already. Pure."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from ingest.frames.keys import CLOCK_TOLERANCE
from ingest.kvs.video import MAX_FRAGMENT_LENGTH, Keyframe, ListedFragment
from ingest.registry.camera import Camera
from ingest.registry.sampling import MAX_FRAME_AGE
from ingest.times import MILLISECOND

SETTLE = timedelta(seconds=60)
"""How long to wait for the fragment after the newest: two of the greatest length and the way to KVS."""

LATENESS = timedelta(minutes=5)
"""How long an instant after the newest video keeps the pull looking each minute."""


@dataclass(frozen=True)
class Selected:
    """A fragment to fetch, and the instants whose keyframe it holds if any does.

    `covered` are those that no fragment still to come can serve better.
    """

    fragment: ListedFragment
    instants: tuple[datetime, ...]
    covered: frozenset[datetime] = frozenset()


@dataclass(frozen=True)
class Selection:
    """What a listing is good for; `pending` says that instants wait for video that may still come."""

    wanted: tuple[Selected, ...] = ()
    pending: bool = False


def select(
    camera: Camera, fragments: Iterable[ListedFragment], taken: Collection[datetime], until: datetime
) -> Selection:
    """What of a listing is to be fetched, first come first; `until` is the server time at which it ends.

    An instant belongs to one fragment: the one that covers it and starts last; where none covers it, the one
    that reaches nearest. That one has to settle first, for its successor may be on its way.
    """
    known = distinct(fragments)
    newest = max((fragment.end for fragment in known), default=None)
    pending = waits(camera, newest, taken, until)
    chosen: list[tuple[ListedFragment, datetime, bool]] = []
    for fragment, successor, instant in _choices(camera, known):
        covered = instant <= fragment.end or follows(fragment, successor)
        if instant in taken or fragment.end <= camera.frame_window(instant)[0]:
            continue
        if instant > (until + CLOCK_TOLERANCE if covered else until):
            continue
        if covered or settled(fragment, until):
            chosen.append((fragment, instant, covered))
        else:
            pending = True
    return Selection(tuple(_grouped(chosen)), pending)


def distinct(fragments: Iterable[ListedFragment]) -> list[ListedFragment]:
    """The fragments by start, one for each: producers send again what they saw no acknowledgement for."""
    best: dict[datetime, ListedFragment] = {}
    for fragment in fragments:
        other = best.get(fragment.start)
        if other is None or _rank(fragment) > _rank(other):
            best[fragment.start] = fragment
    return [best[start] for start in sorted(best)]


def settled(fragment: ListedFragment, until: datetime) -> bool:
    """Whether what was to follow the fragment, or was missing of it, should have arrived by then."""
    return until - fragment.server_time >= SETTLE


def instants_near(camera: Camera, fragments: Iterable[ListedFragment]) -> frozenset[datetime]:
    """The due instants that a listing of these fragments brings up."""
    return frozenset(instant for *_, instant in _choices(camera, distinct(fragments)))


def keyframe_for(camera: Camera, instant: datetime, keyframes: Iterable[Keyframe]) -> Keyframe | None:
    """The last keyframe that may stand for `instant`."""
    after, last = camera.frame_window(instant)
    near = (keyframe for keyframe in keyframes if after < keyframe.time <= last)
    return max(near, key=lambda keyframe: keyframe.time, default=None)


def _rank(fragment: ListedFragment) -> tuple[timedelta, int]:
    return fragment.length, int(fragment.number)


def _choices(
    camera: Camera, known: Sequence[ListedFragment]
) -> Iterator[tuple[ListedFragment, ListedFragment | None, datetime]]:
    """(fragment, the one that starts next after the instant, instant) for each instant near a fragment."""
    longest: ListedFragment | None = None
    for fragment, successor in zip(known, [*known[1:], None], strict=False):
        # Sessions may overlap: one fragment may reach beyond those that start after it.
        longest = fragment if longest is None or fragment.end >= longest.end else longest
        end = longest.end + MAX_FRAME_AGE + MILLISECOND
        for instant in camera.due(fragment.start, min(successor.start, end) if successor else end):
            yield (fragment if instant <= fragment.end else longest), successor, instant


def follows(fragment: ListedFragment, successor: ListedFragment | None) -> bool:
    """Whether `successor` came next in the same session, so that nothing lies between the two.

    Late video arrives beside live video, hours apart, or close to it but after it: neither is a successor.
    """
    return (
        successor is not None
        and successor.start - fragment.end <= MAX_FRAGMENT_LENGTH
        and successor.server_time >= fragment.server_time
    )


def waits(camera: Camera, newest: datetime | None, taken: Collection[datetime], until: datetime) -> bool:
    """Whether instants after the newest video, up to `until`, still wait for theirs."""
    after = max(newest or until - LATENESS, until - LATENESS) + MILLISECOND
    return any(instant not in taken for instant in camera.due(after, until + MILLISECOND))


def _grouped(chosen: Sequence[tuple[ListedFragment, datetime, bool]]) -> Iterator[Selected]:
    by_fragment = sorted(chosen, key=lambda choice: (choice[0].server_time, choice[0].start, choice[1]))
    for fragment, group in groupby(by_fragment, key=lambda choice: choice[0]):
        choices = list(group)
        yield Selected(
            fragment,
            tuple(instant for _, instant, _ in choices),
            frozenset(instant for _, instant, covered in choices if covered),
        )
