"""Which fragments contain the keyframes of which due instants, without those already decided. Pure."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby

from ingest.frames.keys import CLOCK_TOLERANCE
from ingest.kvs.video import MAX_FRAGMENT_LENGTH, Keyframe, ListedFragment
from ingest.registry.camera import Camera
from ingest.registry.sampling import MAX_FRAME_AGE
from ingest.times import MILLISECOND

SETTLE = timedelta(seconds=60)
"""How long to wait for the fragment after the newest: twice the greatest length, plus the way to KVS."""

LATENESS = timedelta(minutes=5)
"""How long an instant after the newest video keeps the pull reading the stream each minute."""


@dataclass(frozen=True)
class SelectedFragment:
    """A fragment to fetch, and the instants whose keyframe it contains if any fragment does.

    `covered` are the instants that no later fragment can serve better.
    """

    fragment: ListedFragment
    instants: tuple[datetime, ...]
    covered: frozenset[datetime] = frozenset()


@dataclass(frozen=True)
class Selection:
    """What to fetch of a listing; `pending` says that instants wait for video that may still come."""

    selected: tuple[SelectedFragment, ...] = ()
    pending: bool = False


def select(
    camera: Camera, fragments: Iterable[ListedFragment], decided: Collection[datetime], until: datetime
) -> Selection:
    """What to fetch of a listing that ends at the server time `until`, in order of arrival.

    An instant belongs to one fragment: the one that covers it and starts last; if none covers it, the one
    that ends nearest before it. That one must settle first, because its successor may be on its way.
    """
    known = distinct(fragments)
    newest = max((fragment.end for fragment in known), default=None)
    pending = waits(camera, newest, decided, until)
    chosen: list[tuple[ListedFragment, datetime, bool]] = []
    for fragment, successor, instant in _choices(camera, known):
        covered = instant <= fragment.end or follows(fragment, successor)
        if instant in decided or fragment.end <= camera.frame_window(instant)[0]:
            continue
        if instant > (until + CLOCK_TOLERANCE if covered else until):
            continue
        if covered or settled(fragment, until):
            chosen.append((fragment, instant, covered))
        else:
            pending = True
    return Selection(tuple(_grouped(chosen)), pending)


def instants_of(selected: Iterable[SelectedFragment]) -> set[datetime]:
    """All instants of selected fragments."""
    return {instant for choice in selected for instant in choice.instants}


def restricted_to(
    selected: Iterable[SelectedFragment], instants: Collection[datetime]
) -> list[SelectedFragment]:
    """The selected fragments, with only these instants; fragments without any are left out."""
    kept = (
        replace(choice, instants=tuple(instant for instant in choice.instants if instant in instants))
        for choice in selected
    )
    return [choice for choice in kept if choice.instants]


def distinct(fragments: Iterable[ListedFragment]) -> list[ListedFragment]:
    """The fragments by start, one for each: producers repeat a fragment that was not acknowledged."""
    best: dict[datetime, ListedFragment] = {}
    for fragment in fragments:
        other = best.get(fragment.start)
        if other is None or _rank(fragment) > _rank(other):
            best[fragment.start] = fragment
    return [best[start] for start in sorted(best)]


def settled(fragment: ListedFragment, until: datetime) -> bool:
    """Whether the fragment's successor, or its own missing part, should have arrived by `until`."""
    return until - fragment.server_time >= SETTLE


def instants_near(camera: Camera, fragments: Iterable[ListedFragment]) -> frozenset[datetime]:
    """The due instants that a listing of these fragments concerns."""
    return frozenset(instant for *_, instant in _choices(camera, distinct(fragments)))


def keyframe_for(camera: Camera, instant: datetime, keyframes: Iterable[Keyframe]) -> Keyframe | None:
    """The last keyframe that may serve `instant`."""
    after, last = camera.frame_window(instant)
    near = (keyframe for keyframe in keyframes if after < keyframe.time <= last)
    return max(near, key=lambda keyframe: keyframe.time, default=None)


def follows(fragment: ListedFragment, successor: ListedFragment | None) -> bool:
    """Whether `successor` came next in the same session, so that no video lies between the two.

    Late video arrives beside live video, hours apart, or close to it but after it: neither is a successor.
    """
    return (
        successor is not None
        and successor.start - fragment.end <= MAX_FRAGMENT_LENGTH
        and successor.server_time >= fragment.server_time
    )


def waits(camera: Camera, newest: datetime | None, decided: Collection[datetime], until: datetime) -> bool:
    """Whether instants after the newest video, up to `until`, still wait for their video."""
    after = max(newest or until - LATENESS, until - LATENESS) + MILLISECOND
    return any(instant not in decided for instant in camera.due(after, until + MILLISECOND))


def _rank(fragment: ListedFragment) -> tuple[timedelta, int]:
    return fragment.length, int(fragment.number)


def _choices(
    camera: Camera, known: Sequence[ListedFragment]
) -> Iterator[tuple[ListedFragment, ListedFragment | None, datetime]]:
    """(fragment, the one that starts next after the instant, instant) for each instant near a fragment."""
    longest: ListedFragment | None = None
    for fragment, successor in zip(known, [*known[1:], None], strict=False):
        # Sessions may overlap: a fragment may end after the fragments that start after it.
        longest = fragment if longest is None or fragment.end >= longest.end else longest
        end = longest.end + MAX_FRAME_AGE + MILLISECOND
        for instant in camera.due(fragment.start, min(successor.start, end) if successor else end):
            yield (fragment if instant <= fragment.end else longest), successor, instant


def _grouped(chosen: Sequence[tuple[ListedFragment, datetime, bool]]) -> Iterator[SelectedFragment]:
    by_fragment = sorted(chosen, key=lambda choice: (choice[0].server_time, choice[0].start, choice[1]))
    for fragment, group in groupby(by_fragment, key=lambda choice: choice[0]):
        choices = list(group)
        yield SelectedFragment(
            fragment,
            tuple(instant for _, instant, _ in choices),
            frozenset(instant for _, instant, covered in choices if covered),
        )
